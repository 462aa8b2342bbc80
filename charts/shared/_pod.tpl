{{- /*
What every pod of the platform has in common; infra/components/pod.py says the same for the services of our own.
Linked into the templates of each chart.
*/}}

{{- define "platform.image" -}}
{{ .repository }}@{{ .digest }}
{{- end }}

{{- define "platform.labels" -}}
app: {{ .app }}
role: {{ .role }}
{{- end }}

{{- define "platform.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: {{ include "platform.userId" . }}
runAsGroup: {{ include "platform.userId" . }}
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- /* port: what the pod listens on; one under 1024 needs a sysctl, which Pod Security `restricted` allows. */}}
{{- define "platform.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ include "platform.userId" . }}
runAsGroup: {{ include "platform.userId" . }}
fsGroup: {{ include "platform.userId" . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- if and .port (lt (int .port) 1024) }}
sysctls:
  - name: net.ipv4.ip_unprivileged_port_start
    value: "0"
{{- end }}
{{- end }}

{{- define "platform.probe" -}}
httpGet:
  path: {{ .check.path }}
  port: {{ .port }}
initialDelaySeconds: {{ .check.initialDelaySeconds }}
periodSeconds: {{ .check.periodSeconds }}
timeoutSeconds: {{ .check.timeoutSeconds }}
successThreshold: {{ .check.successThreshold }}
failureThreshold: {{ .check.failureThreshold }}
{{- end }}

{{- /* when: ScheduleAnyway for what must grow under load, DoNotSchedule for what keeps copies of data. */}}
{{- define "platform.spread" -}}
{{- $root := . }}
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- topologyKey: {{ . }}
  maxSkew: 1
  whenUnsatisfiable: {{ $root.when }}
  labelSelector:
    matchLabels:
      {{- include "platform.labels" $root | nindent 6 }}
{{- end }}
{{- end }}
