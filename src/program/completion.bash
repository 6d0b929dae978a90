# shellcheck shell=bash
# Completion for kedge, kedge-agent and kedge-hub in bash. It asks the program itself: whatever --help lists is completed, and this file
# knows no option. (Sourced by bash-completion, which finds it under the program's name.)

# The help of the command that the words so far name, and its words in _kedge_command.
_kedge_help() {
  local word help
  _kedge_command=("$1")
  help=$("$1" --help 2>/dev/null </dev/null)
  for word in "${@:2}"; do
    if awk -v word="$word" '/^[A-Z].*:$/ { inside = /^Subcommands:/ } inside && $1 == word { found = 1 } END { exit !found }' <<<"$help"; then
      _kedge_command+=("$word")
      help=$("${_kedge_command[@]}" --help 2>/dev/null </dev/null)
    fi
  done
  printf '%s\n' "$help"
}

# What --help says of an option: the rest of its line, and the next one's where it goes on there.
_kedge_option() {
  awk -v name="$1" '$1 == name || $1 ~ "," name "$" { print; if (NF < 3) { getline; print } exit }'
}

_kedge() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} help about
  local -a _kedge_command
  COMPREPLY=()
  help=$(_kedge_help "${COMP_WORDS[@]:0:COMP_CWORD}")
  about=
  [[ $before != --* ]] || about=$(_kedge_option "$before" <<<"$help")
  # An option that takes a value has its kind behind its name, in capitals.
  if [[ $about =~ ^\ +(-.,)?--[a-z0-9-]+\ [A-Z] ]]; then
    if [[ $about =~ \{([^}]*)\} ]]; then
      mapfile -t COMPREPLY < <(compgen -W "${BASH_REMATCH[1]//,/ }" -- "$current")
    elif [[ $before == --log-level ]]; then
      mapfile -t COMPREPLY < <(compgen -W 'debug info warning error' -- "$current")
    elif [[ $about == *[Ff]ile* ]]; then
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
  elif [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(grep -oE '^ +(-.,)?--[a-z0-9-]+' <<<"$help" | grep -oE -- '--[a-z0-9-]+')" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$(awk '/^[A-Z].*:$/ { inside = /^Subcommands:/; next } inside && /^  [a-z]/ { print $1 }' <<<"$help")" -- "$current")
  fi
}

complete -F _kedge kedge kedge-agent kedge-hub
