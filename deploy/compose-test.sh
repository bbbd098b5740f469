#!/bin/sh
# Builds and starts docker-compose.yml as a project of its own, has real work done through it, kills its worker in the
# middle of work, and takes all of it away again. Needs docker-compose (or `docker compose`) and an engine that answers.
set -eu
cd "$(dirname "$0")/.."

if command -v docker-compose >/dev/null; then compose=docker-compose; else compose="docker compose"; fi
if ! $compose --project-name callboard-test ps >/dev/null 2>&1; then
    echo "compose-test: no container engine answers${DOCKER_HOST:+ at $DOCKER_HOST}: start Docker, or name one with" \
        "DOCKER_HOST, and install docker-compose." >&2
    exit 1
fi

folder=$(mktemp -d)
export COMPOSE_PROJECT_NAME=callboard-test IMAGE_TAG=test
export SECRETS_DIR="$folder/secrets" PROJECTS_DIR="$folder/projects"
export BIND_ADDRESS=127.0.0.1 WEB_PORT="${WEB_PORT:-18080}" FLOWER_PORT="${FLOWER_PORT:-15555}"

leave() {
    status=$?
    trap - EXIT
    [ $status -eq 0 ] || $compose logs --no-color --tail=60
    $compose down --volumes --remove-orphans
    rm -rf "$folder"
    exit $status
}
trap leave EXIT
trap 'exit 130' INT TERM

# The number of long-running services whose health check passes.
healthy() {
    $compose ps | grep -c '(healthy)' || true
}

# The worker's user is another than the one of this host: it must be able to read the projects.
chmod 0755 "$folder"
mkdir -p "$PROJECTS_DIR/slow"
cp -R examples/shop "$PROJECTS_DIR/shop"
printf 'import threading\n\n\ndef test_slow():\n    assert not threading.Event().wait(10)\n' \
    >"$PROJECTS_DIR/slow/test_slow.py"
sh deploy/make-secrets.sh "$SECRETS_DIR"

echo "compose-test: building"
$compose build web
echo "compose-test: starting"
$compose up -d
patience=60
while [ "$(healthy)" -lt 5 ]; do
    patience=$((patience - 1))
    [ $patience -gt 0 ] || { $compose ps; echo "compose-test: not every service became healthy" >&2; exit 1; }
    sleep 2
done

key=$($compose exec -T web callboard keys create --role admin compose-test)
CALLBOARD_API_KEY=$key python3 deploy/exercise.py "http://127.0.0.1:$WEB_PORT" $compose
echo "compose-test: passed"
