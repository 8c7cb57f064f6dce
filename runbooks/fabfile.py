"""Shows the runbooks to plain Fabric: `fab -r runbooks --list`. A run past the gates is refused."""

from pathlib import Path

from loopkit.effects.runbooks import fab_namespace

ns = fab_namespace(Path(__file__).parent)
