/** The completion script for bash 3.2 and newer. */
import type { Command } from '../grammar/command.ts';
import { completionModel, type Model, type Offer } from './completion-model.ts';
import { quote, quotePattern, valueCases } from './value-cases.ts';

/** Static but for JIDs, rooms and accounts, which the script reads from a cache file: Node is never started. */
export function bashCompletion(commands: readonly Command[]): string {
  const model = completionModel(commands);
  return `${[header, walker(model), options(model), values(model), helpers].join('\n')}\ncomplete -F _xmppctl xmppctl\n`;
}

const header = `# Completion of xmppctl for bash. Made from the definitions of the commands by \`npm run generate\`.
# Load it with:  source <(xmppctl completion bash)
`;

/** Finds the command, and what is to be completed. */
function walker({ next, commands, valued, rest }: Model): string {
  const names = [
    ...new Set([...commands.map(({ name }) => name), ...[...next.keys()].filter((group) => group !== '')]),
  ];
  return `_xmppctl() {
  local line=\${COMP_LINE:0:COMP_POINT} words word cur='' open='' name='' option='' place=1 ended='' hook='' i
  _xmppctl_split "$line"
  COMPREPLY=()
  for ((i = 1; i < \${#words[@]}; i++)); do
    word=\${words[i]}
    if [[ -n $option ]]; then
      option=''
    elif [[ -n $ended || $word != -?* ]]; then
      if [[ $place == 1 ]] && _xmppctl_is_command "\${name:+$name }$word"; then name="\${name:+$name }$word"; else ((place++)); fi
    else
      case $word in
        --) ended=1 ;;
        ${rest.length > 0 ? `${rest.map(quote).join('|')}) hook=$((i + 1)) && break ;;\n        ` : ''}${valued.map(quote).join('|')}) option=$word ;;
      esac
    fi
  done
  if [[ -n $hook ]]; then
    if [[ $hook == "\${#words[@]}" ]]; then _xmppctl_files -c "$cur" ''; else _xmppctl_files -f "$cur" ''; fi
  elif [[ -n $option ]]; then
    _xmppctl_value "$name:$option" "$cur"
  elif [[ -z $ended && $cur == --*=* ]]; then
    _xmppctl_value "$name:\${cur%%=*}" "\${cur#*=}" "\${cur%%=*}="
  elif [[ -z $ended && $cur == -* ]]; then
    _xmppctl_options "$name"
  else
    [[ $place == 1 ]] && _xmppctl_commands "$name"
    _xmppctl_value "$name:$place" "$cur"
  fi
  if [[ -z $open ]]; then _xmppctl_trim "$cur"; fi
}

_xmppctl_is_command() {
  case $1 in
    ${names.map(quote).join('|')}) return 0 ;;
  esac
  return 1
}

_xmppctl_commands() {
  case $1 in
${[...next].map(([group, words]) => `    ${quote(group)}) _xmppctl_words "$cur" '' ${words.map(([word]) => quote(word)).join(' ')} ;;`).join('\n')}
  esac
}
`;
}

/** The shared options stand once for all connecting commands and once for all others. */
function options({ commands, shared }: Model): string {
  const long = (list: Model['shared']['local']): string => list.map(({ names }) => names[0]).join(' ');
  const base = { connecting: '$connecting', local: '$everywhere', none: '' };
  const lines = commands.map(
    (command) => `    ${quote(command.name)}) own="${`${base[command.shared]} ${long(command.own)}`.trim()}" ;;`,
  );
  return `_xmppctl_options() {
  local connecting='${long(shared.connecting)}'
  local everywhere='${long(shared.local)}'
  local own=$connecting
  case $1 in
${lines.join('\n')}
  esac
  # shellcheck disable=SC2086
  _xmppctl_words "$cur" '' $own
}
`;
}

function values(model: Model): string {
  const lines = valueCases(model).map(
    ({ patterns, offer }) => `    ${patterns.map(quotePattern).join('|')}) ${action(offer)} ;;`,
  );
  return `# Offers values: $1 is command:option or command:place, $2 what is typed, $3 what stands before it in the word.
_xmppctl_value() {
  case $1 in
${lines.join('\n')}
  esac
}
`;
}

function action({ completes, words, list }: Offer): string {
  if (words.length > 0) return `${list ? '_xmppctl_list' : '_xmppctl_words'} "$2" "$3" ${words.map(quote).join(' ')}`;
  if (completes === 'file') return '_xmppctl_files -f "$2" "$3"';
  if (completes === 'directory') return '_xmppctl_files -d "$2" "$3"';
  if (completes === 'command') return '_xmppctl_files -c "$2" "$3"';
  return `_xmppctl_cached ${completes} "$2" "$3"`;
}

const helpers = `# Sets words to those that are complete, cur to the one that is not, without what quotes them; open to the quote that has
# no end yet: readline knows no word breaks after it.
_xmppctl_split() {
  local line=$1 char begun='' i
  words=()
  for ((i = 0; i < \${#line}; i++)); do
    char=\${line:i:1}
    if [[ -n $open ]]; then
      if [[ $char == "$open" ]]; then open=''; else cur+=$char; fi
    elif [[ $char == [\\'\\"] ]]; then
      open=$char begun=1
    elif [[ $char == [[:space:]] ]]; then
      if [[ -n $begun ]]; then words+=("$cur"); fi
      cur='' begun=''
    else
      if [[ $char == \\\\ ]]; then
        ((i++))
        char=\${line:i:1}
      fi
      cur+=$char begun=1
    fi
  done
}

# Those of the words $3… that begin with $1, each after the prefix $2.
_xmppctl_words() {
  local typed=$1 prefix=$2 word
  shift 2
  for word; do
    if [[ $word == "$typed"* ]]; then COMPREPLY+=("$prefix$word"); fi
  done
}

# The same for the last of several words that are joined by commas.
_xmppctl_list() {
  local typed=$1 prefix=$2
  shift 2
  if [[ $typed == *,* ]]; then prefix+=\${typed%,*},; fi
  compopt -o nospace 2>/dev/null
  _xmppctl_words "\${typed##*,}" "$prefix" "$@"
}

_xmppctl_files() {
  local word
  if [[ $1 != -c ]]; then compopt -o filenames 2>/dev/null; fi
  while IFS= read -r word; do COMPREPLY+=("$3$word"); done < <(compgen "$1" -- "$2")
}

# JIDs, rooms or accounts that other commands have seen: $1 is the kind. The words are data: what a shell could act on is
# left out. awk reads ten thousand of them while bash reads a hundred.
_xmppctl_cached() {
  local IFS=$'\\n' file="\${XDG_CACHE_HOME:-$HOME/.cache}/xmppctl/completion.tsv"
  [[ -r $file ]] || return 0
  # shellcheck disable=SC2207
  COMPREPLY+=($(
    START=$1$'\\t'$2 BEFORE=$3 LC_ALL=C awk -F '\\t' '
      BEGIN { start = ENVIRON["START"]; before = ENVIRON["BEFORE"] }
      index($0, start) == 1 && $2 !~ /[^A-Za-z0-9_@.+:\\/\\200-\\377-]/ { print before $2 }' "$file"
  ))
}

# Readline replaces only what follows the last of its word breaks (= and : among them), so the part before goes. An @ is
# a word break as well, but it belongs to what is replaced; a space here is one behind a backslash, which is none.
_xmppctl_trim() {
  local before='' rest=$1 i
  for ((i = \${#rest} - 1; i >= 0; i--)); do
    if [[ \${rest:i:1} != [[:space:]] && $COMP_WORDBREAKS == *"\${rest:i:1}"* ]]; then
      before=\${rest:0:i+1}
      before=\${before%@}
      break
    fi
  done
  if [[ -n $before ]]; then COMPREPLY=("\${COMPREPLY[@]#"$before"}"); fi
}
`;
