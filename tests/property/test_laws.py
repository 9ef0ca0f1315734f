"""Laws of the merge."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from imgscan.model.entry import EntryKind
from imgscan.rootfs.view import ImageView
from imgscan.testing import TarBuilder, listing, merged

PATHS = st.builds("/".join, st.lists(st.sampled_from("ab"), min_size=1, max_size=3))


@dataclass(frozen=True)
class Member:
    """One entry of a layer, or one marker."""

    kind: str
    path: str
    value: str = ""

    def add(self, tar: TarBuilder) -> None:
        """Write it."""
        if self.kind == "file":
            tar.file(self.path, self.value.encode(), mode=0o4755 if self.value == "x" else 0o644)
        elif self.kind == "dir":
            tar.directory(self.path, mode=0o700 if self.value == "x" else 0o755)
        elif self.kind == "symlink":
            tar.symlink(self.path, self.value)
        elif self.kind == "whiteout":
            tar.whiteout(self.path)
        else:
            tar.opaque(self.path)

    @property
    def is_marker(self) -> bool:
        """Whether it hides something."""
        return self.kind in ("whiteout", "opaque")


FILES = st.builds(Member, st.just("file"), PATHS, st.sampled_from(["", "x", "y"]))
DIRECTORIES = st.builds(Member, st.just("dir"), PATHS, st.sampled_from(["", "x"]))
SYMLINKS = st.builds(Member, st.just("symlink"), PATHS, st.one_of(PATHS, PATHS.map("/".__add__), st.just("..")))
MARKERS = st.one_of(
    st.builds(Member, st.just("whiteout"), PATHS), st.builds(Member, st.just("opaque"), st.one_of(PATHS, st.just("")))
)
ENTRIES = st.one_of(FILES, DIRECTORIES, SYMLINKS)
Layer = list[Member]
LAYERS = st.lists(st.one_of(ENTRIES, ENTRIES, MARKERS), max_size=7)
LINKLESS = st.lists(st.one_of(FILES, DIRECTORIES, MARKERS), max_size=7)


def tar_of(layer: Layer) -> TarBuilder:
    tar = TarBuilder()
    for member in layer:
        member.add(tar)
    return tar


def view_of(*layers: Layer) -> ImageView:
    return merged(*map(tar_of, layers))[0]


def seen(*layers: Layer) -> dict[str, str]:
    return listing(view_of(*layers))


def below(prefix: str, layer: Layer) -> Layer:
    """Return a layer moved into a folder of its own; links that lead elsewhere lead nowhere."""
    return [
        Member(member.kind, f"{prefix}/{member.path}".rstrip("/"), member.value.lstrip("/") or "nowhere")
        if member.kind == "symlink"
        else Member(member.kind, f"{prefix}/{member.path}".rstrip("/"), member.value)
        for member in layer
    ]


# Below a symlink of its own layer a marker's place counts: runtimes follow the symlink once it is there.
@given(st.lists(LAYERS, max_size=3), LINKLESS, st.randoms(use_true_random=False))
def test_where_markers_stand_in_a_layer_does_not_matter(lower: list[Layer], layer: Layer, order: random.Random) -> None:
    entries = [member for member in layer if not member.is_marker]
    markers = [member for member in layer if member.is_marker]
    order.shuffle(markers)
    moved = list(entries)
    for marker in markers:
        moved.insert(order.randint(0, len(moved)), marker)

    assert seen(*lower, moved) == seen(*lower, layer)


@given(st.lists(LINKLESS, max_size=3), PATHS, PATHS, st.booleans(), st.sampled_from(["", "/", "./"]))
def test_a_marker_through_a_link_of_its_layer_hides_what_one_at_the_real_path_hides(
    lower: list[Layer], directory: str, hidden: str, is_opaque: bool, spelled: str
) -> None:
    kind = "opaque" if is_opaque else "whiteout"
    upper = [Member("dir", directory), Member("symlink", "link", spelled + directory)]

    through = seen(*lower, [*upper, Member(kind, f"link/{hidden}")])

    # Overlay makes the directories on the way to a marker.
    assert through == seen(*lower, [*upper, Member(kind, f"{directory}/{hidden}")])


@given(st.lists(LAYERS, max_size=2), LAYERS)
def test_a_layer_whose_entries_are_all_added_again_equals_itself(lower: list[Layer], layer: Layer) -> None:
    entries = [member for member in layer if not member.is_marker]

    assert seen(entries, entries) == seen(entries)
    assert seen(*lower, entries, entries) == seen(*lower, entries)


@given(st.lists(LAYERS, max_size=3))
def test_a_whiteout_of_everything_leaves_the_root(layers: list[Layer]) -> None:
    top = {path.split("/")[0] for path in seen(*layers)}

    assert seen(*layers, [Member("whiteout", name) for name in sorted(top)]) == {}
    assert seen(*layers, [Member("opaque", "")]) == {}


@given(LAYERS, LAYERS, LAYERS)
def test_layers_of_different_folders_commute(first: Layer, second: Layer, lower: Layer) -> None:
    one, other = below("one", first), below("other", second)
    base = [*below("one", lower), *below("other", lower)]

    assert seen(base, one, other) == seen(base, other, one)


def flattened(view: ImageView, contents: Callable[[str], bytes]) -> Layer:
    """Return the one layer that holds what is visible."""
    members = []
    for node in view.walk():
        if not node.path:
            continue
        if node.kind is EntryKind.FILE:
            members.append(Member("file", node.path, contents(view.sha256(node) or "").decode()))
        elif node.kind is EntryKind.DIRECTORY:
            members.append(Member("dir", node.path, "x" if node.entry.mode == 0o700 else ""))
        else:
            members.append(Member("symlink", node.path, node.entry.link_target or ""))
    return members


@given(st.lists(LAYERS, max_size=3), LAYERS, LAYERS)
def test_lower_layers_may_be_squashed_first(lower: list[Layer], middle: Layer, upper: Layer) -> None:
    known = {sha256(content).hexdigest(): content for content in (b"", b"x", b"y")}
    squashed = flattened(view_of(*lower, middle), known.__getitem__)

    assert seen(squashed) == seen(*lower, middle)
    assert seen(squashed, upper) == seen(*lower, middle, upper)


@given(st.lists(LAYERS, max_size=4))
def test_the_tree_is_one(layers: list[Layer]) -> None:
    view = view_of(*layers)
    found = listing(view)

    reached: set[str] = set()
    pending = [""]
    while pending:
        for node in view.children(pending.pop()):
            reached.add(node.path)
            if node.kind is EntryKind.DIRECTORY:
                pending.append(node.path)
    assert reached == set(found)
    for path in found:
        parent = path.rpartition("/")[0]
        assert not parent or found[parent].startswith("dir")
        assert view.timeline(path)[-1].action in ("added", "changed")


@given(st.lists(LAYERS, max_size=4))
def test_a_symlink_is_never_passed_on_the_way_to_a_visible_path(layers: list[Layer]) -> None:
    view = view_of(*layers)

    for path in listing(view):
        assert view.resolve(path, follow_last=False) == path


@given(st.lists(LAYERS, min_size=1, max_size=4))
def test_every_entry_of_every_layer_has_one_state(layers: list[Layer]) -> None:
    view = view_of(*layers)
    states = [state for _, _, state, _, _ in view.all_entries()]

    assert set(states) <= {"visible", "deleted", "overwritten", "whiteout", "left out"}
    explicit = [node for node in view.walk() if not node.implicit]
    assert states.count("visible") == len(explicit)
