"""Checks config from forks: it may name only its own files, because messages quote the content of files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import yaml

from digo.source.positions import check_shape, fast_loader
from digo.system.regular_file import read_file


def outside_names(config: Path) -> Iterator[str]:
    """Finds what leads out of the folder `config`: links, and sources of lists. Each is a sentence with its file.

    It opens no file that the config names. It reads YAML as nodes, so that it sees both values of a repeated key.
    """
    for path in sorted(config.rglob("*")):
        name = path.relative_to(config.parent).as_posix()
        if path.is_symlink():
            yield f"{name} is a link: only files are planned from a fork"
        elif path.suffix in (".yaml", ".yml") and path.is_file():
            yield from (f"{name}:{line}: {problem}" for line, problem in _sources(path))


def _sources(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = read_file(path).decode("utf-8")
        check_shape(text)
        documents = list(yaml.compose_all(text, Loader=fast_loader()))
    except OSError as problem:
        yield 1, f"cannot be read: {problem.strerror}"
        return
    except (yaml.YAMLError, UnicodeDecodeError):
        yield 1, "is no YAML, so nobody can say what it names"
        return
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
    path = PurePosixPath(value.value)
    return not path.is_absolute() and ".." not in path.parts and "$" not in value.value
