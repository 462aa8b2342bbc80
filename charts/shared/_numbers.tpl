{{- /* Written from infra/catalog/running.py and its like: python -m infra.components.chart_schemas */}}
{{- define "platform.userId" -}}10001{{- end }}
{{- define "platform.drainSeconds" -}}30{{- end }}
{{- define "platform.graceSeconds" -}}60{{- end }}
{{- define "platform.minReadySeconds" -}}30{{- end }}
{{- define "platform.keptRevisions" -}}3{{- end }}
{{- define "platform.targetCpuPercent" -}}70{{- end }}
{{- define "platform.scaleDownWindowSeconds" -}}300{{- end }}
{{- define "platform.scratchSize" -}}256Mi{{- end }}
{{- define "platform.secretDirectory" -}}/var/run/secrets/coditect{{- end }}
{{- define "platform.secretDriver" -}}secrets-store-gke.csi.k8s.io{{- end }}
{{- define "platform.secretProvider" -}}gke{{- end }}
{{- define "platform.proxyPort" -}}5432{{- end }}
{{- define "platform.proxyHealthPort" -}}9090{{- end }}
{{- define "platform.foundationdbPort" -}}4500{{- end }}
