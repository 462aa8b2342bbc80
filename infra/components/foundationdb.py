"""FoundationDB of the Cloud IDE: its names and sizes, which its chart, its network policies and its quota all need."""

from infra.catalog.services import Resources

FOUNDATIONDB = "foundationdb"
BACKUP = "foundationdb-backup"
CONFIGURE = "foundationdb-configure"
FOUNDATIONDB_PORT = 4500

# The service that keeps its documents in it.
CLIENT = "ide-backend"

# FoundationDB's own advice for production is 4 GiB a process, most of it page cache. The Cloud IDE's store is small and
# nodes are n1-standard-2, so a process gets 1.5 GiB and is told so (--memory, --cache-memory in the chart). Its
# `status` warns when that is too little.
SERVER_RESOURCES = Resources(cpu_request_m=200, cpu_limit_m=1000, memory_request_mib=1536, memory_limit_mib=2048)
# Copies a cluster file or runs one fdbcli command.
TOOL_RESOURCES = Resources(cpu_request_m=20, cpu_limit_m=200, memory_request_mib=64, memory_limit_mib=256)
BACKUP_RESOURCES = Resources(cpu_request_m=100, cpu_limit_m=1000, memory_request_mib=256, memory_limit_mib=1024)
