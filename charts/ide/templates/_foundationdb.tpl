{{- /*
How a process finds the store. FoundationDB 7.1 takes host names in a cluster file, which pods need: their addresses change.
Servers and clients rewrite the file when coordinators change, so each has a copy of its own.
*/}}

{{- define "ide.clusterFileContent" -}}
{{- $store := .Values.foundationdb -}}
{{- $hosts := list -}}
{{- range until (int $store.replicas) -}}
{{- $hosts = append $hosts (printf "%s-%d.%s.%s.svc.cluster.local:%s" $store.name . $store.name $.Release.Namespace (include "platform.foundationdbPort" $)) -}}
{{- end -}}
coditect:ide@{{ join "," $hosts }}
{{- end }}

{{- /* An init container that puts the cluster file where its process may rewrite it, unless one is there already. */}}
{{- define "ide.clusterFile" -}}
- name: cluster-file
  image: {{ include "platform.image" .store.image }}
  imagePullPolicy: IfNotPresent
  command: [sh, -c, 'test -e "$0" || cp /etc/foundationdb/fdb.cluster "$0"', {{ .to }}/fdb.cluster]
  resources:
    {{- toYaml .store.toolResources | nindent 4 }}
  securityContext:
    {{- include "platform.containerSecurity" . | nindent 4 }}
  volumeMounts:
    - name: cluster-file
      mountPath: /etc/foundationdb
      readOnly: true
    - name: {{ .volume }}
      mountPath: {{ .to }}
{{- end }}

{{- define "ide.clusterFileVariable" -}}
- name: FDB_CLUSTER_FILE
  value: /var/fdb/fdb.cluster
{{- end }}

{{- define "ide.clusterFileVolume" -}}
- name: cluster-file
  configMap:
    name: {{ .Values.foundationdb.name }}
    defaultMode: 0444
{{- end }}

{{- /* Copies of each record: what so many pods can keep while the loss of the largest tolerable number is survived. */}}
{{- define "ide.redundancy" -}}
{{- get (dict "1" "single" "3" "double" "5" "triple") (toString .Values.foundationdb.replicas) -}}
{{- end }}

{{- /* The Job that makes the database: what stores anything in it comes after. */}}
{{- define "ide.configureName" -}}
{{ .Values.foundationdb.name }}-configure-{{ include "ide.redundancy" . }}
{{- end }}
