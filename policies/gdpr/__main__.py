"""The gdpr pack, as `pulumi preview --policy-pack policies/gdpr` runs it: from this folder alone."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from policies.selection import pack
from policies.serve import serve

serve(pack("gdpr"))
