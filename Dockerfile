# Web and worker from one image; `compose.yaml` says which of them a container is.
FROM python:3.13-slim AS built

COPY requirements.lock /tmp/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r /tmp/requirements.lock

FROM python:3.13-slim

ENV PATH=/opt/venv/bin:$PATH

RUN useradd --system --uid 10001 --no-create-home reviewapp
COPY --from=built /opt/venv /opt/venv
WORKDIR /app
COPY . .
# Static files need no secret, so the demonstration's own key does for them; it does not stay.
RUN REVIEWAPP_DEMO=1 python manage.py web --build-only \
    && rm -f var/demo-secret-key \
    && python -m compileall -q labeling reviewapp \
    && chown -R reviewapp var

USER reviewapp
EXPOSE 8000
CMD ["python", "manage.py", "web", "--host", "0.0.0.0", "--processes", "2"]
