"""The soc2 pack, as `pulumi preview --policy-pack policies/soc2` runs it: from this folder alone."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from policies.selection import pack
from policies.serve import serve

serve(pack("soc2"))
