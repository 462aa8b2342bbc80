{{- /* The Cloud SQL Auth Proxy as a native sidecar; infra/components/pod_proxy.py says why and what it takes. */}}
{{- define "agentflow.proxy" -}}
{{- with .Values.proxy -}}
- name: cloud-sql-proxy
  image: {{ include "platform.image" .image }}
  imagePullPolicy: IfNotPresent
  restartPolicy: Always
  args:
    - --private-ip
    - --auto-iam-authn
    - --port={{ include "platform.proxyPort" . }}
    - --structured-logs
    - --exit-zero-on-sigterm
    - --health-check
    - --http-address=0.0.0.0
    - --http-port={{ include "platform.proxyHealthPort" . }}
    - $(DATABASE_INSTANCE)
  env:
    - name: DATABASE_INSTANCE
      valueFrom:
        configMapKeyRef:
          name: {{ $.Values.backend.environment }}
          key: DATABASE_INSTANCE
  ports:
    - name: proxy-health
      containerPort: {{ include "platform.proxyHealthPort" . }}
      protocol: TCP
  startupProbe:
    httpGet:
      path: /startup
      port: {{ include "platform.proxyHealthPort" . }}
    periodSeconds: 1
    timeoutSeconds: 10
    failureThreshold: 60
  livenessProbe:
    httpGet:
      path: /liveness
      port: {{ include "platform.proxyHealthPort" . }}
    periodSeconds: 30
    timeoutSeconds: 10
    failureThreshold: 3
  resources:
    {{- toYaml .resources | nindent 4 }}
  securityContext:
    {{- include "platform.containerSecurity" . | nindent 4 }}
{{- end }}
{{- end }}
