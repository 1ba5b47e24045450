"""Read a ComfyUI workflow file as a graph: nodes with their widget values, links, and what is muted or leads nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermvision.types import InputError

MUTED, BYPASSED = 2, 4  # LiteGraph's modes
_SILENT = {"Note", "MarkdownNote", "Reroute", "PrimitiveNode", "SetNode", "GetNode"}
OUTPUTS = ("SaveImage", "PreviewImage")


@dataclass(frozen=True, slots=True)
class Node:
    """One node: widget values in their order; inputs by name with the number of their link, None where nothing is linked."""

    id: int
    type: str
    mode: int
    widgets: tuple[Any, ...]
    inputs: dict[str, int | None]
    input_types: dict[str, str]
    outputs: tuple[str, ...]  # types, by slot

    @property
    def muted(self) -> bool:
        """Whether it does nothing and hands nothing on."""
        return self.mode == MUTED

    @property
    def bypassed(self) -> bool:
        """Whether it hands its input on unchanged."""
        return self.mode == BYPASSED

    def widget(self, place: int, name: str, kind: Any = object) -> Any:
        """Widget `place`; InputError if there are fewer or it is of another kind, which another version of the node would be."""
        value = self.widgets[place] if place < len(self.widgets) else None
        wrong = place >= len(self.widgets) or not isinstance(value, kind)
        if wrong or (isinstance(value, bool) and kind in (int, float, (int, float))):
            raise InputError(
                f"node {self.id} {self.type}: {name} is {value!r}; another version of this node wrote the workflow, save it again"
            )
        return value


@dataclass(frozen=True, slots=True)
class Graph:
    """A workflow. `links` gives for each link the node and slot that it comes from."""

    nodes: dict[int, Node]
    links: dict[int, tuple[int, int]]
    name: str = "workflow"

    def of_type(self, *types: str) -> list[Node]:
        """The nodes of these types, by number."""
        return [node for _, node in sorted(self.nodes.items()) if node.type in types]

    def source(self, node: Node, name: str) -> Node | None:
        """The node that feeds an input, seen through reroutes, set and get nodes and what is bypassed; None if there is none."""
        return self._origin(node.inputs.get(name))

    def _origin(self, link: int | None, depth: int = 0) -> Node | None:
        if link is None or link not in self.links or depth > len(self.nodes):
            return None
        number, slot = self.links[link]
        node = self.nodes.get(number)
        if node is None or node.muted:
            return None
        if node.type == "Reroute":
            return self._origin(next(iter(node.inputs.values()), None), depth + 1)
        if node.type == "GetNode" and node.widgets:
            setter = next((one for one in self.of_type("SetNode") if one.widgets[:1] == node.widgets[:1]), None)
            return self._origin(next(iter(setter.inputs.values()), None), depth + 1) if setter else None
        if node.bypassed:
            wanted = node.outputs[slot] if slot < len(node.outputs) else None
            through = next((key for key, kind in node.input_types.items() if kind == wanted), None)
            return self._origin(node.inputs.get(through), depth + 1) if through else None
        return node

    def upstream(self, ends: Sequence[Node]) -> dict[int, Node]:
        """These nodes and all that feeds them."""
        found: dict[int, Node] = {}
        waiting = [node for node in ends if not node.muted]
        while waiting:
            node = waiting.pop()
            if node.id not in found:
                found[node.id] = node
                waiting += [origin for name in node.inputs if (origin := self.source(node, name)) is not None]
        return found

    def idle(self, live: dict[int, Node]) -> Iterator[str]:
        """A sentence for each node that does nothing: muted, bypassed, or not among those that feed an output."""
        for number, node in sorted(self.nodes.items()):
            if node.type in _SILENT:
                continue
            called = f"node {number} {node.type}" + _names(node)
            if node.muted or node.bypassed:
                yield f"{called} has no effect: it is {'muted' if node.muted else 'bypassed'}"
            elif number not in live:
                yield f"{called} has no effect: no output comes from it"


def read_graph(path: Path) -> Graph:
    """Read a workflow as ComfyUI saves it; InputError if it is missing, no JSON, or another format."""
    if not path.is_file():
        raise InputError(
            f"workflow {path} {'is a folder' if path.is_dir() else 'does not exist'}; give a ComfyUI workflow (.json)"
        )
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"workflow {path} is not JSON; save it in ComfyUI with Workflow > Save") from error
    if (
        isinstance(told, dict)
        and "nodes" not in told
        and any("class_type" in one for one in told.values() if isinstance(one, dict))
    ):
        raise InputError(
            f"workflow {path} is in ComfyUI's API format; save it with Workflow > Save instead of Export (API)"
        )
    try:
        nodes = {int(one["id"]): _node(one) for one in told["nodes"]}
        links = {int(link[0]): (int(link[1]), int(link[2])) for link in told.get("links", [])}
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise InputError(f"workflow {path} is not what ComfyUI saves (nodes and links); save it there again") from error
    return Graph(nodes, links, path.name)


def _node(told: dict[str, Any]) -> Node:
    inputs = [one for one in told.get("inputs") or [] if isinstance(one, dict)]
    widgets = told.get("widgets_values") or []
    return Node(
        id=int(told["id"]),
        type=str(told["type"]),
        mode=int(told.get("mode") or 0),
        widgets=tuple(widgets.values()) if isinstance(widgets, dict) else tuple(widgets),
        inputs={str(one["name"]): one.get("link") for one in inputs},
        input_types={str(one["name"]): str(one.get("type")) for one in inputs},
        outputs=tuple(str(one.get("type")) for one in told.get("outputs") or []),
    )


def _names(node: Node) -> str:
    """Its first value in brackets if that is a name, such as a file's."""
    first = node.widgets[0] if node.widgets else None
    return f" ({_short(first)})" if isinstance(first, str) and first else ""


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
