#!/bin/sh
case $1 in
*"of the server"*) printf '%s\n' "${SERVER_ANSWER-$ANSWER}" ;;
*) printf '%s\n' "$ANSWER" ;;
esac
