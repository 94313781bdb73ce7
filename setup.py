"""What pyproject.toml cannot say: `conf/`, and the page that defines the metrics, lie at the top of the repository,
and inside the package in a wheel.
"""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["harness*", "sampler*", "strategies*"]), "harness.conf", "harness.docs"],
    package_dir={"harness.conf": "conf", "harness.docs": "docs"},
    package_data={
        "": ["py.typed"],
        "harness": ["data/**/*", "report/templates/*"],
        "harness.conf": ["**/*.yaml"],
        "harness.docs": ["METRICS.md"],
    },
)
