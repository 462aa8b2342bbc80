{{- /*
A service behind the load balancer, from its values: account, secrets, Service, pods, autoscaler, disruption budget.

service: values of the service.
writable: paths that the image writes to, each an empty directory.
after: objects of the chart that must exist before its pods, as `Kind/name`.
init: init containers, as text. volumes, mounts, env: more of them, as text.
*/}}

{{- define "platform.service.account" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .service.account }}
  {{- with .service.googleAccount }}
  annotations:
    iam.gke.io/gcp-service-account: {{ . }}
  {{- end }}
automountServiceAccountToken: false
{{- end }}

{{- define "platform.service.secrets" -}}
{{- if .service.secrets -}}
{{- $files := list }}
{{- range .service.secrets }}
{{- $files = append $files (dict "resourceName" (printf "%s/versions/latest" .id) "path" .name) }}
{{- end -}}
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata:
  name: {{ .service.name }}
spec:
  provider: {{ include "platform.secretProvider" . }}
  parameters:
    secrets: {{ toJson $files | quote }}
{{- end }}
{{- end }}

{{- define "platform.service.endpoint" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .service.endpointName }}
  annotations:
    {{- toYaml .service.endpointAnnotations | nindent 4 }}
spec:
  type: ClusterIP
  selector:
    {{- include "platform.labels" (dict "app" .service.name "role" "web") | nindent 4 }}
  ports:
    - name: http
      port: {{ .service.port }}
      targetPort: {{ .service.port }}
      protocol: TCP
      appProtocol: http
{{- end }}

{{- define "platform.service.budget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .service.name }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "platform.labels" (dict "app" .service.name "role" "web") | nindent 6 }}
{{- end }}

{{- define "platform.service.autoscaler" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .service.name }}
spec:
  minReplicas: {{ .service.minReplicas }}
  maxReplicas: {{ .service.maxReplicas }}
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ .service.name }}
  metrics:
    - type: ContainerResource
      containerResource:
        container: {{ .service.name }}
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ include "platform.targetCpuPercent" . }}
  behavior:
    scaleDown:
      stabilizationWindowSeconds: {{ include "platform.scaleDownWindowSeconds" . }}
{{- end }}

{{- define "platform.service.template" -}}
{{- $labels := dict "app" .service.name "role" "web" "when" (default "ScheduleAnyway" .when) -}}
metadata:
  labels:
    {{- include "platform.labels" $labels | nindent 4 }}
spec:
  serviceAccountName: {{ .service.account }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  # The load balancer goes on sending for some seconds: time to drain, and time to end.
  terminationGracePeriodSeconds: {{ include "platform.graceSeconds" . }}
  securityContext:
    {{- include "platform.podSecurity" (dict "port" .service.port) | nindent 4 }}
  topologySpreadConstraints:
    {{- include "platform.spread" $labels | nindent 4 }}
  {{- with .init }}
  initContainers:
    {{- . | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ .service.name }}
      image: {{ include "platform.image" .service.image }}
      imagePullPolicy: IfNotPresent
      env:
        - name: PORT
          value: {{ .service.port | quote }}
        {{- with .env }}
        {{- . | nindent 8 }}
        {{- end }}
      envFrom:
        - configMapRef:
            name: {{ .service.environment }}
      ports:
        - name: http
          containerPort: {{ .service.port }}
          protocol: TCP
      readinessProbe:
        {{- include "platform.probe" (dict "check" .service.readiness "port" .service.port) | nindent 8 }}
      livenessProbe:
        {{- include "platform.probe" (dict "check" .service.liveness "port" .service.port) | nindent 8 }}
      lifecycle:
        preStop:
          sleep:
            seconds: {{ include "platform.drainSeconds" . }}
      resources:
        {{- toYaml .service.resources | nindent 8 }}
      securityContext:
        {{- include "platform.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - name: scratch
          mountPath: /tmp
        {{- range $index, $path := .writable }}
        - name: writable-{{ $index }}
          mountPath: {{ $path }}
        {{- end }}
        {{- if .service.secrets }}
        - name: secrets
          mountPath: {{ include "platform.secretDirectory" . }}
          readOnly: true
        {{- end }}
        {{- with .mounts }}
        {{- . | nindent 8 }}
        {{- end }}
  volumes:
    - name: scratch
      emptyDir:
        sizeLimit: {{ include "platform.scratchSize" . }}
    {{- range $index, $path := .writable }}
    - name: writable-{{ $index }}
      emptyDir:
        sizeLimit: {{ include "platform.scratchSize" $ }}
    {{- end }}
    {{- if .service.secrets }}
    - name: secrets
      csi:
        driver: {{ include "platform.secretDriver" . }}
        readOnly: true
        volumeAttributes:
          secretProviderClass: {{ .service.name }}
    {{- end }}
    {{- with .volumes }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end }}

{{- /* Replicas are the autoscaler's: a number here would throw the service back to its floor with every deployment. */}}
{{- define "platform.service.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .service.name }}
  {{- with .after }}
  annotations:
    coditect.com/after: {{ . }}
  {{- end }}
spec:
  minReadySeconds: {{ include "platform.minReadySeconds" . }}
  revisionHistoryLimit: {{ include "platform.keptRevisions" . }}
  selector:
    matchLabels:
      {{- include "platform.labels" (dict "app" .service.name "role" "web") | nindent 6 }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  template:
    {{- include "platform.service.template" . | nindent 4 }}
{{- end }}

{{- /* All objects of a service that keeps nothing. */}}
{{- define "platform.service" -}}
{{ include "platform.service.account" . }}
---
{{ include "platform.service.secrets" . }}
---
{{ include "platform.service.endpoint" . }}
---
{{ include "platform.service.deployment" . }}
---
{{ include "platform.service.autoscaler" . }}
---
{{ include "platform.service.budget" . }}
{{- end }}
