# One image for web, worker, Flower and migrations; docker-compose.yml says which of them a container is.
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/callboard
WORKDIR /src
# The dependencies change seldom: their layer outlives most changes of the code. The lock names all of them.
COPY requirements.lock ./
RUN /opt/callboard/bin/python -m pip install --require-hashes --no-deps --only-binary :all: -r requirements.lock
COPY . ./
RUN /opt/callboard/bin/python -m pip install --no-deps --no-build-isolation .

FROM ${PYTHON}
# git clones the projects; tini buries what killed sandboxes leave behind and passes signals on.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --home-dir /var/lib/callboard --shell /usr/sbin/nologin callboard \
 && install -d -o callboard -g callboard -m 0700 /var/lib/callboard /var/lib/callboard/work
COPY --from=build /opt/callboard /opt/callboard
ENV PATH=/opt/callboard/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Celery imports from where it stands: an empty folder, never a project.
WORKDIR /var/lib/callboard
USER callboard
EXPOSE 8080
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "uvicorn", "web.asgi:app", "--host", "0.0.0.0", "--port", "8080", "--ws-per-message-deflate", "false"]
