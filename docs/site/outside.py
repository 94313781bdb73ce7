"""Pages of the repository that lie outside docs/ and are linked from it become pages of the site; so do notebooks."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = ("CHANGELOG.md", "experiments/*/README.md", "experiments/*/*.png")
# Written by other hands at other times: in the navigation as soon as they are there.
WHEN_THERE = {"How to": ("SCALING.md", "RELIABILITY.md", "MLFLOW.md", "CAPABILITY.md")}
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the pages that exist, and the experiments, to the navigation."""
    nav: list[Any] = config.nav or []
    for section in (entry for entry in nav if isinstance(entry, dict)):
        for title, pages in section.items():
            pages += [page for page in WHEN_THERE.get(title, ()) if (ROOT / "docs" / page).exists()]
    experiments = [page for page in _outside() if page.startswith("experiments/") and page.endswith(".md")]
    nav.insert(-1, {"Experiments": experiments})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Give the site what lies outside docs/, and each notebook as a page."""
    for name in _outside():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    for notebook in sorted((ROOT / "docs/notebooks").glob("*.ipynb")):
        page = f"notebooks/{notebook.stem}.md"
        files.append(File.generated(config, page, content=_as_markdown(notebook)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links at the site's own pages; what the site does not hold is shown as the path of a file."""
    source = page.file.abs_src_path
    here = Path(source).parent if source else ROOT / "docs/notebooks"

    def pointed(link: re.Match[str]) -> str:
        mark, text, target, anchor = link[1], link[2], link[3], link[4] or ""
        name = os.path.relpath(here / target, ROOT)
        name = re.sub(r"\.ipynb$", ".md", name.removeprefix("docs/"))
        if files.get_file_from_path(name) is None:
            return f"{text} (`{name}`)" if (ROOT / name).exists() else link[0]
        back = os.path.relpath(name, Path(page.file.src_uri).parent)
        return f"{mark}[{text}]({back}{anchor})"

    return LINK.sub(pointed, markdown)


def _outside() -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for pattern in OUTSIDE for path in ROOT.glob(pattern))


def _as_markdown(notebook: Path) -> str:
    cells = json.loads(notebook.read_text())["cells"]
    shown = []
    for cell in cells:
        source = "".join(cell["source"])
        shown.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
    return "\n\n".join(shown) + "\n"
