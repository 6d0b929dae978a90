# shellcheck shell=bash
# Completion for kedge, kedge-agent and kedge-hub in bash. It asks the program itself: whatever --help lists is completed, and this file
# knows no option. (Sourced by bash-completion, which finds it under the program's name.)

# The program as it was typed, which may begin with a tilde, or be quoted.
_kedge_program() {
  local typed=$1
  # shellcheck disable=SC2088  # it is what was typed
  [[ $typed != '~/'* ]] || typed=$HOME/${typed:2}
  typed=${typed//[\"\'\\]/}
  command -v -- "$typed" || command -v -- "${typed##*/}"
}

# The help of the command that the words behind the program name.
_kedge_help() {
  local word help
  local -a command=("$1")
  help=$("$1" --help 2>/dev/null </dev/null)
  for word in "${@:2}"; do
    [[ $word =~ ^[a-z][a-z-]*$ ]] || continue
    if awk -v word="$word" '/^[A-Z].*:$/ { inside = /^Subcommands:/ } inside && $1 == word { found = 1 } END { exit !found }' <<<"$help"; then
      command+=("$word")
      help=$("${command[@]}" --help 2>/dev/null </dev/null)
    fi
  done
  printf '%s\n' "$help"
}

# What --help says of an option: its line, and the next one where the text begins there.
_kedge_option() {
  awk -v name="$1" '{ first = $1; sub(/^.*,/, "", first) } first == name { print; if (!/   /) { getline; print } exit }'
}

# Offers what begins like the word that is being typed, out of lines.
_kedge_offer() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2"); }

# _kedge_value ABOUT OPTION TYPED: the value of an option, by what its help says.
_kedge_value() {
  local about=$1 typed=$3
  if [[ $about =~ \{([^}]*)\} ]]; then
    _kedge_offer "${BASH_REMATCH[1]//,/ }" "$typed"
  elif [[ $2 == --log-level ]]; then
    _kedge_offer 'debug info warning error' "$typed"
  elif [[ $about == *@FILE* ]]; then
    # Without the @ it is no file.
    [[ $typed == @* ]] || return 0
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -P @ -f -- "${typed:1}")
  elif [[ $about == *[Ff]ile* ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$typed")
  fi
}

_kedge() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} program help about=
  COMPREPLY=()
  program=$(_kedge_program "${COMP_WORDS[0]}") || return 0
  help=$(_kedge_help "$program" "${COMP_WORDS[@]:1:COMP_CWORD - 1}")
  # bash makes three words of --option=value.
  if [[ $current == '=' ]]; then
    current=
  elif [[ $before == '=' ]] && ((COMP_CWORD >= 2)); then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  [[ ! $before =~ ^--[a-z0-9-]+$ ]] || about=$(_kedge_option "$before" <<<"$help")
  # An option that takes a value has its kind behind its name, in capitals; one that needs another says "Needs:".
  if [[ $about =~ ^\ +(-.,)?--[a-z0-9-]+\ [A-Z]{2} ]]; then
    _kedge_value "$about" "$before" "$current"
  elif [[ $current == -* ]]; then
    _kedge_offer "$(grep -oE '^ +(-.,)?--[a-z0-9-]+' <<<"$help" | grep -oE -- '--[a-z0-9-]+')" "$current"
  else
    _kedge_offer "$(awk '/^[A-Z].*:$/ { inside = /^Subcommands:/; next } inside && /^  [a-z]/ { print $1 }' <<<"$help")" "$current"
  fi
}

complete -F _kedge kedge kedge-agent kedge-hub
