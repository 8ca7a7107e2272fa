/** The completion script for fish 3 and newer. */
import type { Command } from '../grammar/command.ts';
import { completionModel, type Model, type ModelCommand, type ModelOption, type Offer } from './completion-model.ts';

/** Static but for JIDs, rooms and accounts, which the script reads from a cache file: Node is never started. */
export function fishCompletion(commands: readonly Command[]): string {
  const model = completionModel(commands);
  return `${[functions(model), 'complete -c xmppctl -f', ...nextWords(model), ...shared(model), ...positionals(model), ...model.commands.flatMap((command) => [...own(command)])].join('\n')}\n`;
}

function functions(model: Model): string {
  const { commands, names, valued, rest } = model;
  const local = commands.filter((command) => command.shared !== 'connecting').map(({ name }) => quote(name));
  const hook =
    rest.length > 0
      ? `            case ${rest.map(quote).join(' ')}\n                set -g __xmppctl_place hook\n                set -g __xmppctl_hook argument\n                test $word = $tokens[-1]; and set -g __xmppctl_hook program\n                return\n`
      : '';
  return `# Completion of xmppctl for fish. Made from the definitions of the commands by \`npm run generate\`.
# Put it as xmppctl.fish into ~/.config/fish/completions, or load it with:  xmppctl completion fish | source

# Finds the command and the place of the argument at the cursor; once for each command line.
function __xmppctl_walk
    set -l tokens (commandline -opc)
    test "$tokens" = "$__xmppctl_tokens"; and set -q __xmppctl_name; and return
    set -g __xmppctl_tokens $tokens
    set -g __xmppctl_name ''
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
        set -l longer (string trim -- "$__xmppctl_name $word")
        if test $__xmppctl_place = 1; and contains -- $longer ${names.map(quote).join(' ')}
            set -g __xmppctl_name $longer
        else if test $__xmppctl_place -lt ${placesOf(model)}
            set -g __xmppctl_place (math $__xmppctl_place + 1)
        end
    end
end

# Whether the command is one of those given.
function __xmppctl_is
    __xmppctl_walk
    test "$__xmppctl_place" != hook; and contains -- "$__xmppctl_name" $argv
end

# Whether one of these arguments comes next: COMMAND:PLACE.
function __xmppctl_at
    __xmppctl_walk
    contains -- "$__xmppctl_name:$__xmppctl_place" $argv
end

# Whether the options of a connection may stand here, and those of output.
function __xmppctl_connects
    not __xmppctl_is ${local.join(' ')}; and not __xmppctl_in_hook
end
function __xmppctl_prints
    not __xmppctl_is help; and not __xmppctl_in_hook
end

# Whether the words of --exec are being typed; with an argument: its program, or an argument of that.
function __xmppctl_in_hook
    __xmppctl_walk
    test "$__xmppctl_place" = hook; and begin
        test -z "$argv[1]"; or test "$argv[1]" = "$__xmppctl_hook"
    end
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
    for (const [word, summary] of words) yield `${at([`${group}:1`])} -a ${quote(word)} -d ${quote(summary)}`;
  }
}

function* shared({ commands, shared: lists }: Model): Generator<string> {
  const local = new Set(lists.local.flatMap(({ names }) => names));
  const [json, ...others] = lists.connecting.toSorted((a, b) => Number(isJson(b)) - Number(isJson(a)));
  for (const option of others) {
    yield optionLine(option, local.has(option.names[0] ?? '') ? '-n __xmppctl_prints' : '-n __xmppctl_connects');
  }
  for (const { name, keys, shared: kind } of commands) {
    if (kind !== 'none' && json)
      yield optionLine({ ...json, offer: keys }, `-n ${quote(`__xmppctl_is ${quote(name)}`)}`);
  }
  yield "complete -c xmppctl -n '__xmppctl_in_hook program' -a '(__fish_complete_command)'";
  yield "complete -c xmppctl -n '__xmppctl_in_hook argument' -F";
}

const isJson = ({ names }: ModelOption): boolean => names[0] === '--json';

function* own({ name, own: options }: ModelCommand): Generator<string> {
  for (const option of options) yield optionLine(option, `-n ${quote(`__xmppctl_is ${quote(name)}`)}`);
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
  for (const [what, places] of offers) yield `${at(places)} ${what}`;
}

const at = (places: readonly string[]): string =>
  `complete -c xmppctl -n ${quote(`__xmppctl_at ${places.map(quote).join(' ')}`)}`;

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
