/** The completion script for zsh. */
import type { Command } from '../grammar/command.ts';
import { completionModel, type Model, type ModelOption, type Offer } from './completion-model.ts';
import { quote, quotePattern, valueCases } from './value-cases.ts';

/** Static but for JIDs, rooms and accounts, which the script reads from a cache file: Node is never started. */
export function zshCompletion(commands: readonly Command[]): string {
  const model = completionModel(commands);
  return [header, walker(model), nextWords(model), options(model), values(model), helpers].join('\n');
}

const header = `#compdef xmppctl
# Completion of xmppctl for zsh. Made from the definitions of the commands by \`npm run generate\`.
# Put it as _xmppctl into a directory of $fpath, or load it with:  source <(xmppctl completion zsh)
`;

/** Finds the command, and what is to be completed. */
function walker({ names, valued, rest }: Model): string {
  const hook =
    rest.length > 0
      ? `(${rest.map(quote).join('|')}) shift $i words; ((CURRENT -= i)); _normal; return ;;\n        `
      : '';
  return `_xmppctl() {
  local name='' option='' ended='' word
  local -i place=1 i
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if [[ -n $option ]]; then
      option=''
    elif [[ -n $ended || $word != -?* ]]; then
      if ((place == 1)) && _xmppctl_is_command "\${name:+$name }$word"; then name="\${name:+$name }$word"; else ((place++)); fi
    else
      case $word in
        (--) ended=1 ;;
        ${hook}(${valued.map(quote).join('|')}) option=$word ;;
      esac
    fi
  done
  if [[ -n $option ]]; then
    _xmppctl_value "$name:$option"
  elif [[ -z $ended && $PREFIX == --*=* ]]; then
    option=\${PREFIX%%=*}
    compset -P '*='
    _xmppctl_value "$name:$option"
  elif [[ -z $ended && $PREFIX == -* ]]; then
    _xmppctl_options "$name"
  else
    ((place == 1)) && _xmppctl_commands "$name"
    _xmppctl_value "$name:$place"
  fi
}

_xmppctl_is_command() {
  case $1 in
    (${names.map(quote).join('|')}) return 0 ;;
  esac
  return 1
}
`;
}

function nextWords({ next }: Model): string {
  return `_xmppctl_commands() {
  local -a offered
  case $1 in
${[...next].map(([group, words]) => `    (${quote(group)}) ${array('offered', words)} ;;`).join('\n')}
    (*) return 1 ;;
  esac
  _describe -t commands command offered
}
`;
}

function options({ commands, shared }: Model): string {
  const all = (list: readonly ModelOption[]) =>
    list.flatMap(({ names, summary }) => names.map((name) => [name, summary] as const));
  const local = new Set(shared.local.flatMap(({ names }) => names));
  const onlyConnecting = shared.connecting.filter(({ names }) => !local.has(names[0] ?? ''));
  const before = { connecting: '$connecting', local: '$everywhere', none: '' };
  const lines = commands.map(
    ({ name, own, shared: kind }) => `    (${quote(name)}) ${array('offered', all(own), before[kind])} ;;`,
  );
  return `_xmppctl_options() {
  local -a connecting everywhere offered
  ${array('everywhere', all(shared.local))}
  ${array('connecting', all(onlyConnecting), '$everywhere')}
  offered=($connecting)
  case $1 in
${lines.join('\n')}
  esac
  _describe -o -t options option offered
}
`;
}

/** An array for _describe, in which a colon parts the word from its description. */
function array(name: string, entries: readonly (readonly [string, string])[], before = ''): string {
  const lines = entries.map(([word, summary]) => quote(`${word.replaceAll(':', '\\:')}:${summary}`));
  if (lines.length === 0) return `${name}=(${before})`;
  return `${name}=(\n${[before, ...lines]
    .filter((line) => line !== '')
    .map((line) => `      ${line}`)
    .join('\n')}\n    )`;
}

function values(model: Model): string {
  const lines = valueCases(model).map(
    ({ patterns, offer }) => `    (${patterns.map(quotePattern).join('|')}) ${action(offer)} ;;`,
  );
  return `# Offers values; $1 is command:option or command:place.
_xmppctl_value() {
  case $1 in
${lines.join('\n')}
    (*) return 1 ;;
  esac
}
`;
}

function action({ completes, words, list }: Offer): string {
  if (list) return `compset -P '*,'; compadd -S '' -- ${words.map(quote).join(' ')}`;
  if (words.length > 0) return `compadd -- ${words.map(quote).join(' ')}`;
  if (completes === 'file') return '_files';
  if (completes === 'directory') return '_files -/';
  if (completes === 'command') return '_command_names -e';
  return `_xmppctl_cached ${completes}`;
}

const helpers = `# JIDs, rooms or accounts that other commands have seen, with their names. compadd quotes what a shell could act on.
_xmppctl_cached() {
  local file=\${XDG_CACHE_HOME:-$HOME/.cache}/xmppctl/completion.tsv
  local -a parts found shown
  local typed=''
  [[ -r $file ]] || return 1
  # Of ten thousand names only those that begin with what is typed are given to zsh, unless it looks for other ones too.
  [[ -n $compstate[pattern_match] ]] || typed=\${(Q)PREFIX}
  # First how they are shown, then the names.
  parts=("\${(@ps.\\1.)$(START=$1$'\\t'$typed LC_ALL=C awk -F '\\t' '
    BEGIN { start = ENVIRON["START"] }
    index($0, start) == 1 && $2 != "" { found[++count] = $2; print $2 ($3 == "" ? "" : "  -- " $3) }
    END { printf "\\1"; for (each = 1; each <= count; each++) print found[each] }' $file)}")
  shown=(\${(f)parts[1]})
  found=(\${(f)parts[2]})
  compadd -l -d shown -a found
}

if [[ $funcstack[1] == _xmppctl ]]; then
  _xmppctl "$@"
else
  compdef _xmppctl xmppctl
fi
`;
