{{- /*
A CronJob whose pod moves the store between its cluster and its bucket, in two steps that share a volume.

role, schedule, suspend: of the CronJob. first, second: name, image and script of each step; the second follows the first.
*/}}

{{- define "ide.transfer" -}}
{{- $store := .root.Values.foundationdb }}
{{- $backup := .root.Values.backup -}}
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ $store.name }}-{{ .role }}
spec:
  schedule: {{ .schedule | quote }}
  timeZone: Etc/UTC
  suspend: {{ .suspend }}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: 1
      activeDeadlineSeconds: 21600
      template:
        metadata:
          labels:
            {{- include "platform.labels" (dict "app" (printf "%s-backup" $store.name) "role" .role) | nindent 12 }}
        spec:
          serviceAccountName: {{ $backup.account }}
          automountServiceAccountToken: false
          enableServiceLinks: false
          restartPolicy: Never
          securityContext:
            {{- include "platform.podSecurity" dict | nindent 12 }}
          initContainers:
            {{- include "ide.clusterFile" (dict "store" $store "to" "/var/fdb" "volume" "client") | nindent 12 }}
            {{- include "ide.transferStep" (dict "root" .root "step" .first) | nindent 12 }}
          containers:
            {{- include "ide.transferStep" (dict "root" .root "step" .second) | nindent 12 }}
          volumes:
            - name: client
              emptyDir:
                sizeLimit: 16Mi
            - name: scratch
              emptyDir:
                sizeLimit: 512Mi
            - name: backup
              ephemeral:
                volumeClaimTemplate:
                  spec:
                    accessModes: [ReadWriteOnce]
                    storageClassName: {{ $backup.storageClass }}
                    resources:
                      requests:
                        storage: {{ $store.diskGib }}Gi
            {{- include "ide.clusterFileVolume" .root | nindent 12 }}
{{- end }}

{{- define "ide.transferStep" -}}
- name: {{ .step.name }}
  image: {{ include "platform.image" .step.image }}
  imagePullPolicy: IfNotPresent
  command:
    - sh
    - -euc
    - |
      {{- .step.script | nindent 6 }}
  env:
    {{- include "ide.clusterFileVariable" . | nindent 4 }}
    - name: STORE
      value: gs://{{ .root.Values.backup.bucket }}/foundationdb
    - name: HOME
      value: /tmp
    - name: CLOUDSDK_CONFIG
      value: /tmp/gcloud
    - name: CLOUDSDK_CORE_DISABLE_PROMPTS
      value: "1"
  resources:
    {{- toYaml .root.Values.backup.resources | nindent 4 }}
  securityContext:
    {{- include "platform.containerSecurity" . | nindent 4 }}
  volumeMounts:
    - name: client
      mountPath: /var/fdb
    - name: backup
      mountPath: /backup
    - name: scratch
      mountPath: /tmp
{{- end }}
