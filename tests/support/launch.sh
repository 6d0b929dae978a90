#!/usr/bin/env bash
# Starts a program under test, under $KEDGE_TEST_LAUNCHER (words, such as `valgrind --quiet`) if there is one.
# Scripts that start our programs themselves do it through this file too, so that memcheck sees those as well.
# shellcheck disable=SC2086  # words are what is wanted
exec ${KEDGE_TEST_LAUNCHER:-} "$@"
