"""A nightly copy of finished files to another host: each one named, proved, nothing deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loopkit.operations.given import Given, given
from loopkit.operations.scripts import Destination, plain_words, script, script_head, shell_word
from loopkit.runbook import Step

_BODY = """
source={source}
bandwidth={bandwidth}
{each}s='{names}'

{function}

# A name that is complete on this side is never one that is half there: rsync writes beside it.
copy_{what}() {{
    file=$(newest_{what} "$1") || return 1
    rsync -a --whole-file --partial-dir=.rsync-partial --timeout=120 --bwlimit="$bandwidth" \\
        -e "$remote" "$source/$file"{beside} \\
        "$address:$target/" || return 1
    sum=$(sha256sum "$source/$file") || return 1
    there=$($remote "$address" sha256sum -- "$target/$file") || return 1
    [ "${{there%% *}}" = "${{sum%% *}}" ] || return 1
    bytes=$(wc -c < "$source/$file") || return 1
    printf '%s\\t%s\\t%s\\t%s\\n' "$file" "$bytes" "${{sum%% *}}" "$(date +%s)" >> "$state.part"
}}

failed=''
: > "$state.part"
for {each} in ${each}s; do
    copy_{what} "${each}" || failed="$failed ${each}"
done
mv "$state.part" "$state"
[ -z "$failed" ] || fail "no proved copy of{kind}$failed"
"""
_NEWEST_FILE = """\
# The newest file of a name: what follows the name begins with the year, so that it sorts by age.
newest_file() {
    for file in $(ls -1 "$source" | sort -r); do
        case "$file" in
            "$1"-[12][0-9][0-9][0-9]*)
                if [ -f "$source/$file" ]; then
                    echo "$file"
                    return 0
                fi
                ;;
        esac
    done
    return 1
}"""

_TAKEN = frozenset(
    """address bandwidth bytes failed file name remote source state sum target there
    work""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Newest:
    """How a script finds the newest file of one name: `NAME-2026…`, the last in order.

    Such a file counts as finished. Where something else says so, a log for example, `function`
    is the text of a shell function `newest_WHAT`: given one name, it prints a file's, or
    returns 1. `beside` is a file that goes along, in the shell's words: `${file%.gz}.log`.
    """

    function: str = _NEWEST_FILE
    what: str = "file"
    """What the function finds, as in its own name."""
    each: str = "item"
    """What one name is called in the script."""
    kind: str = ""
    """What stands before the names in a message, such as `VM`."""
    beside: str = ""

    def __post_init__(self) -> None:
        if self.each in _TAKEN:
            raise ValueError(f"{self.each!r} already means something else in the script")


_BY_NAME = Newest()


@dataclass(frozen=True, slots=True)
class RsyncPush:
    """The newest file of each name in the directory `source`, and where they are copied to.

    `bandwidth` is in kilobytes a second; 0 sets no limit. `about` says in the script what it
    does, when the names alone do not.
    """

    source: str
    names: Sequence[str]
    to: Destination
    bandwidth: int = 0
    newest: Newest = _BY_NAME
    about: str = ""

    def script(self, job: str) -> str:
        """Returns the script.

        Raises:
            ValueError: a name is not plain.
        """
        names = plain_words(self.names)
        newest = self.newest
        body = _BODY.format(
            source=shell_word(self.source),
            bandwidth=int(self.bandwidth),
            names=names,
            function=newest.function,
            what=plain_words([newest.what]),
            each=plain_words([newest.each]),
            kind=f" {newest.kind}" if newest.kind else "",
            beside=f' "$source/{newest.beside}"' if newest.beside else "",
        )
        about = f"Copies the newest file of {names} to {self.to.address}; deletes nothing."
        return script_head(job, self.about or about, self.to) + body


def rsync_push(name: str, job: str, push: Given[RsyncPush], *, host: str = "") -> Step:
    """Returns the step that installs the script of a nightly copy.

    What a run proved is read by `facts.stamps`.
    """
    return script(name, job, lambda c: given(c, push).script(job), host=host)
