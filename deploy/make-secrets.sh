#!/bin/sh
# Makes the files that docker-compose.yml gives its containers as secrets; what exists already stays as it is.
# Usage: sh deploy/make-secrets.sh [FOLDER]; the folder is deploy/secrets by default.
set -eu

folder=${1:-$(dirname "$0")/secrets}

random() {
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

# Reads standard input into a file of the folder, unless it is there.
keep() {
    if [ -e "$folder/$1" ]; then cat >/dev/null; else cat >"$folder/$1"; echo "made $folder/$1"; fi
}

# The folder keeps others of this host out. The files must be readable for the containers' users, who are nobody here.
mkdir -p "$folder"
chmod 0700 "$folder"
umask 022

random | keep postgres-password
echo "postgresql://callboard:$(cat "$folder/postgres-password")@postgres:5432/callboard" | keep database-url

echo "requirepass $(random)" | keep redis.conf
redis="redis://:$(cut -d ' ' -f 2 "$folder/redis.conf")@redis:6379"
echo "$redis/0" | keep redis-url
echo "$redis/1" | keep broker-url

echo "basic_auth = ['admin:$(random)']" | keep flower.conf
echo "{}" | keep credentials
