"""Checks config from forks: it may name only its own files, because messages quote the content of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import yaml

from digo.sanitize.terminal import one_line
from digo.source.positions import check_shape, fast_loader
from digo.system.regular_file import read_file


def outside_names(config: Path) -> Iterator[str]:
    """Finds what leads out of the folder `config`: links, and sources of lists. Each is a sentence with its file.

    It opens no file that the config names. It reads YAML as nodes, so that it sees both values of a repeated key.
    """
    yield from link_names(config)
    for path in sorted(config.rglob("*")):
        name = one_line(path.relative_to(config.parent).as_posix())
        # By the end of the name: a file `.yaml` has no suffix, and is read as config.
        if path.name.endswith((".yaml", ".yml")) and path.is_file() and not path.is_symlink():
            yield from (f"{name}:{line}: {problem}" for line, problem in _sources(path))


def link_names(config: Path) -> Iterator[str]:
    """Finds what is neither a file nor a folder in the folder `config`, and `config` itself if it is a link."""
    for path in (config, *sorted(config.rglob("*"))):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            name = one_line(path.relative_to(config.parent).as_posix())
            yield f"{name} is a link: only files are planned from a fork"


def _sources(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = read_file(path).decode("utf-8-sig")
        check_shape(text)
        documents = list(yaml.compose_all(text, Loader=fast_loader()))
    except OSError as problem:
        yield 1, f"cannot be read: {problem.strerror}"
        return
    except (yaml.YAMLError, UnicodeDecodeError):
        yield 1, "is not YAML, so nobody can say what it names"
        return
    yield from dict.fromkeys(_outside(documents))


def _outside(documents: Iterable[yaml.Node | None]) -> Iterator[tuple[int, str]]:
    seen: set[int] = set()
    nodes = [document for document in documents if document is not None]
    while nodes:
        node = nodes.pop()
        if id(node) in seen:  # an anchor may contain itself
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            nodes.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                nodes += [key, value]
                if key.value == "source" and not _is_inside(value):
                    yield value.start_mark.line + 1, "a source in a fork must be a path in its own folder"


def _is_inside(value: yaml.Node) -> bool:
    if not isinstance(value, yaml.ScalarNode):
        return True
    if "://" in value.value:  # the address of an object in a store
        return False
    path = PurePosixPath(value.value)
    return not path.is_absolute() and ".." not in path.parts and "$" not in value.value
