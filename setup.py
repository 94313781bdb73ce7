"""What pyproject.toml cannot say: `conf/` lies at the top of the repository, and inside the package in a wheel."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["harness*", "sampler*", "strategies*"]), "harness.conf"],
    package_dir={"harness.conf": "conf"},
    package_data={
        "": ["py.typed"],
        "harness": ["data/**/*", "report/templates/*"],
        "harness.conf": ["**/*.yaml"],
    },
)
