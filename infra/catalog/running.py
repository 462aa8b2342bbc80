"""How every pod of the platform runs: one number each, for our own services and for the charts of existing products.

The charts' templates read them from charts/shared/_numbers.tpl, which is written from here:
`python -m infra.components.chart_schemas`.
"""

# Any fixed id above 10,000 cannot meet an account of the node; our Containerfile creates it.
USER_ID = 10001

# The load balancer goes on sending for some seconds after a pod starts to end: its endpoint is taken out of the
# network endpoint group in every zone first. Google's container-native load balancing guide asks for such a wait.
DRAIN_SECONDS = 30
SHUTDOWN_SECONDS = 30

# A pod of a new roll-out must stay ready this long before it counts: twice the autoscaler's period of 15 s, so that the
# colour that becomes active has grown from one pod to its floor before the Service turns to it.
MIN_READY_SECONDS = 30
# Older ones that a roll-back could go to.
KEPT_REVISIONS = 3

TARGET_CPU_PERCENT = 70
SCALE_DOWN_WINDOW_SECONDS = 300

# What a pod may write beside its volumes: an emptyDir of this size.
SCRATCH_SIZE = "256Mi"

# The managed Secret Manager add-on of GKE. Its names differ from the open-source driver's.
SECRET_DRIVER = "secrets-store-gke.csi.k8s.io"  # noqa: S105 - the name of a driver
SECRET_PROVIDER = "gke"  # noqa: S105 - the name of a provider
