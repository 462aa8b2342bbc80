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
    - --port=5432
    - --structured-logs
    - --exit-zero-on-sigterm
    - --health-check
    - --http-address=0.0.0.0
    - --http-port=9090
    - $(DATABASE_INSTANCE)
  env:
    - name: DATABASE_INSTANCE
      valueFrom:
        configMapKeyRef:
          name: {{ $.Values.backend.environment }}
          key: DATABASE_INSTANCE
  ports:
    - name: proxy-health
      containerPort: 9090
      protocol: TCP
  startupProbe:
    httpGet:
      path: /startup
      port: 9090
    periodSeconds: 1
    timeoutSeconds: 10
    failureThreshold: 60
  livenessProbe:
    httpGet:
      path: /liveness
      port: 9090
    periodSeconds: 30
    timeoutSeconds: 10
    failureThreshold: 3
  resources:
    {{- toYaml .resources | nindent 4 }}
  securityContext:
    {{- include "platform.containerSecurity" . | nindent 4 }}
{{- end }}
{{- end }}
