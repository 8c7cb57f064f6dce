"""Circles in what waits for what, found in one pass (Tarjan's strongly connected components)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

Node = tuple[str, str]
Graph = Mapping[Node, Sequence[Node]]


def find_cycles(waits: Graph) -> Iterator[tuple[Node, ...]]:
    """Yields one shortest chain for each group of nodes that wait for one another.

    A chain begins with the group's first node and ends with the same node. Time is linear in the
    nodes and the waits between them, and no chain is too long for the stack.
    """
    for group in _components(waits):
        first = min(group)
        if len(group) > 1 or first in waits.get(first, ()):
            yield _chain(waits, group, first)


def _components(waits: Graph) -> list[set[Node]]:
    """Returns the strongly connected components; Tarjan's algorithm with a stack of our own."""
    order: dict[Node, int] = {}
    low: dict[Node, int] = {}
    open_nodes: list[Node] = []
    is_open: set[Node] = set()
    found: list[set[Node]] = []
    for root in waits:
        work: list[tuple[Node, Iterator[Node]]] = []
        if root not in order:
            work.append((root, iter(waits[root])))
        while work:
            node, rest = work[-1]
            if node not in order:
                order[node] = low[node] = len(order)
                open_nodes.append(node)
                is_open.add(node)
            for other in rest:
                if other not in order:
                    work.append((other, iter(waits.get(other, ()))))
                    break
                if other in is_open:
                    low[node] = min(low[node], order[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    found.append(_pop_until(node, open_nodes, is_open))
    return found


def _pop_until(node: Node, nodes: list[Node], is_open: set[Node]) -> set[Node]:
    group: set[Node] = set()
    while node not in group:
        group.add(nodes.pop())
    is_open -= group
    return group


def _chain(waits: Graph, group: set[Node], first: Node) -> tuple[Node, ...]:
    """Returns the shortest way from `first` back to itself within its group."""
    came_from: dict[Node, Node] = {}
    queue = deque([first])
    while queue:
        node = queue.popleft()
        for other in waits.get(node, ()):
            if other == first:
                return (*_way(came_from, first, node), first)
            if other in group and other not in came_from:
                came_from[other] = node
                queue.append(other)
    raise AssertionError("a component of more than one node has a way back")


def _way(came_from: Mapping[Node, Node], first: Node, last: Node) -> list[Node]:
    way = [last]
    while way[-1] != first:
        way.append(came_from[way[-1]])
    return way[::-1]
