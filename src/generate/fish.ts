/** The completion script for fish 3 and newer. */
import type { Command } from '../grammar/command.ts';
import { completionModel, type Model, type ModelCommand, type ModelOption, type Offer } from './completion-model.ts';

/** Static but for JIDs, rooms and accounts, which the script reads from a cache file: Node is never started. */
export function fishCompletion(commands: readonly Command[]): string {
  const model = completionModel(commands);
  const lines = [nextWords(model), shared(model), positionals(model), ...model.commands.map(own)];
  return `${[functions(model), walk, ...lines.flatMap((some) => [...some]), walk].join('\n')}\n`;
}

/**
 * A condition that reads what the walk has found. fish asks each one once for a TAB, so the line is walked once and sixty
 * conditions only compare. COMPAT fish < 3.6: it knows one condition for a line and takes the last; for it the walk stands
 * before and behind all others, since they are asked in either order.
 */
const when = (condition: string): string => `-n __xmppctl_walk -n ${quote(condition)}`;
const walk = 'complete -c xmppctl -n __xmppctl_walk -f';

function functions(model: Model): string {
  const { names, valued, rest } = model;
  const hook =
    rest.length > 0
      ? `            case ${rest.map(quote).join(' ')}
                set -g __xmppctl_command hook
                set -g __xmppctl_place argument
                test $word = $tokens[-1]; and set -g __xmppctl_place program
                return
`
      : '';
  return `# Completion of xmppctl for fish. Made from the definitions of the commands by \`npm run generate\`.
# Put it as xmppctl.fish into ~/.config/fish/completions, or load it with:  xmppctl completion fish | source

# Finds the command and the place of the argument at the cursor. The words of --exec are the command "hook".
function __xmppctl_walk
    set -l tokens (commandline -opc)
    set -g __xmppctl_command ''
    set -g __xmppctl_place 1
    set -l skip ''
    set -l ended ''
    for word in $tokens[2..-1]
        if test -n "$skip"
            set skip ''
            continue
        end
        if test -z "$ended"
            switch $word
            case --
                set ended 1
                continue
${hook}            case ${valued.map(quote).join(' ')}
                set skip 1
                continue
            case '-?*'
                continue
            end
        end
        set -l longer (string trim -- "$__xmppctl_command $word")
        if test $__xmppctl_place = 1; and contains -- $longer ${names.map(quote).join(' ')}
            set -g __xmppctl_command $longer
        else if test $__xmppctl_place -lt ${placesOf(model)}
            set -g __xmppctl_place (math $__xmppctl_place + 1)
        end
    end
    return 0
end

# JIDs, rooms or accounts that other commands have seen, with their names. fish itself picks those that begin with what is
# typed, else those that have its letters in this order: of ten thousand, it is given only these.
function __xmppctl_cached
    set -l cache $XDG_CACHE_HOME
    test -n "$cache"; or set cache ~/.cache
    test -r $cache/xmppctl/completion.tsv; or return
    set -l typed (commandline -ct | string lower | string replace -r -a -- '^(--[^=]*=|-[^-].*)|[\\\\\\\\\\'"]' '' | string replace -r -a '[][(){}*+?|^$]' .)
    for pattern in "$typed" (string join -- '.*' '' (string split -- '' "$typed"))
        command awk -v "wanted=^$argv[1]"\\t"$pattern" '
            tolower($0) ~ wanted { print substr($0, index($0, "\\t") + 1); found = 1 }
            END { exit !found }' $cache/xmppctl/completion.tsv; and return
    end
end

# The last of several words joined by commas.
function __xmppctl_list
    set -l typed (string replace -r '^--[^=]*=' '' -- (commandline -ct))
    set -l before (string match -r '^.*,' -- $typed)
    printf '%s\\n' "$before"$argv
end
`;
}

function* nextWords({ next }: Model): Generator<string> {
  for (const [group, words] of next) {
    for (const [word, summary] of words)
      yield `complete -c xmppctl ${at([`${group}:1`])} -a ${quote(word)} -d ${quote(summary)}`;
  }
}

function* shared({ commands, shared: lists }: Model): Generator<string> {
  const local = new Set(lists.local.flatMap(({ names }) => names));
  const [json, ...others] = lists.connecting.toSorted((a, b) => Number(isJson(b)) - Number(isJson(a)));
  const without = (kind: ModelCommand['shared']): string[] =>
    commands.filter((command) => command.shared === kind).map(({ name }) => name);
  const connects = when(`not ${isOneOf(command, ['hook', ...without('none'), ...without('local')])}`);
  const prints = when(`not ${isOneOf(command, ['hook', ...without('none')])}`);
  for (const option of others) yield optionLine(option, local.has(option.names[0] ?? '') ? prints : connects);
  for (const { name, keys, shared: kind } of commands) {
    if (kind !== 'none' && json) yield optionLine({ ...json, offer: keys }, isCommand(name));
  }
  yield `complete -c xmppctl ${at(['hook:program'])} -a '(__fish_complete_command)'`;
  yield `complete -c xmppctl ${at(['hook:argument'])} -F`;
}

const isJson = ({ names }: ModelOption): boolean => names[0] === '--json';

function* own({ name, own: options }: ModelCommand): Generator<string> {
  for (const option of options) yield optionLine(option, isCommand(name));
}

/** One place more than any command has arguments: there all further ones are. */
const placesOf = ({ commands }: Model): number => Math.max(...commands.map(({ positionals: all }) => all.length)) + 1;

/** Each offer stands once, with all places where it is made: conditions are what costs time at each TAB. */
function* positionals(model: Model): Generator<string> {
  const last = placesOf(model);
  const offers = new Map<string, string[]>();
  for (const { name, positionals: all, repeats } of model.commands) {
    for (const [index, offer] of all.entries()) {
      const what = argumentsOf(offer);
      const until = repeats && index === all.length - 1 ? last : index + 1;
      const places = Array.from({ length: until - index }, (_, more) => `${name}:${index + 1 + more}`);
      if (what !== '') offers.set(what, [...(offers.get(what) ?? []), ...places]);
    }
  }
  for (const [what, places] of offers) yield `complete -c xmppctl ${at(places)} ${what}`;
}

const command = '"$__xmppctl_command"';

const isOneOf = (value: string, words: readonly string[]): string =>
  `contains -- ${value} ${words.map(quote).join(' ')}`;

const isCommand = (name: string): string => when(`test ${command} = ${quote(name)}`);

/** Whether one of these arguments comes next: COMMAND:PLACE. */
const at = (places: readonly string[]): string => when(isOneOf('"$__xmppctl_command:$__xmppctl_place"', places));

function optionLine({ names, summary, takes, offer }: ModelOption, condition: string): string {
  const [long = '', short] = names;
  const parts = [`complete -c xmppctl ${condition} -l ${long.slice(2)}`];
  if (short) parts.push(`-s ${short.slice(1)}`);
  if (takes === 'value') parts.push(offer.completes === 'file' ? '-r' : '-x');
  const what = argumentsOf(offer);
  if (what !== '') parts.push(what);
  parts.push(`-d ${quote(summary)}`);
  return parts.join(' ');
}

function argumentsOf({ completes, words, list }: Offer): string {
  if (list && words.length > 0) return `-a ${quote(`(__xmppctl_list ${words.map(quote).join(' ')})`)}`;
  if (words.length > 0) return `-a ${quote(words.join(' '))}`;
  if (completes === 'file') return '-F';
  if (completes === 'directory') return `-a ${quote('(__fish_complete_directories (commandline -ct))')}`;
  if (completes === 'command') return `-a ${quote('(__fish_complete_command)')}`;
  return completes === 'none' ? '' : `-a ${quote(`(__xmppctl_cached ${completes})`)}`;
}

/** A word for fish: in its single quotes only \\ and ' have a meaning. */
const quote = (word: string): string =>
  /^[\w,./:@+-]+$/.test(word) ? word : `'${word.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
