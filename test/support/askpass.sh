#!/bin/sh
printf '%s\n' "$ANSWER"
