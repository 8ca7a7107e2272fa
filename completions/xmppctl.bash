# Completion of xmppctl for bash. Made from the definitions of the commands by `npm run generate`.
# Load it with:  source <(xmppctl completion bash)

_xmppctl() {
  local line=${COMP_LINE:0:COMP_POINT} words word cur='' open='' name='' option='' place=1 ended='' hook='' i
  _xmppctl_split "$line"
  COMPREPLY=()
  for ((i = 1; i < ${#words[@]}; i++)); do
    word=${words[i]}
    if [[ -n $option ]]; then
      option=''
    elif [[ -n $ended || $word != -?* ]]; then
      if [[ $place == 1 ]] && _xmppctl_is_command "${name:+$name }$word"; then name="${name:+$name }$word"; else ((place++)); fi
    else
      case $word in
        --) ended=1 ;;
        --exec) hook=$((i + 1)) && break ;;
        --account|-a|--password-file|--password-command|--server|--ca-file|--pin|--proxy|--timeout|--output|-o|--to|--recipients|--body-file|--subject|--type|--thread|--id|--url|--reply-to|--correct|--react|--retract|--wait|--bounce-wait|--room|--caption|--name|--media-type|--service|--nick|--room-password-file|--room-password-command|--dir|-d|--output-file|--max-size|--sha256|--count|--for|--from|--events|--since|--heartbeat|--receipts|--history|--ping-after|--download|--download-from|--accept-from|--exec-concurrency|--exec-timeout|--exec-fail|--with|--until|--search|--description|--config|--reason|--alternate|--add|--remove|--group|--subscription|--message|--priority|--email|--field|--invite|--store|--new-password-file|--new-password-command|--confirm|--file|--warn-days) option=$word ;;
      esac
    fi
  done
  if [[ -n $hook ]]; then
    if [[ $hook == "${#words[@]}" ]]; then _xmppctl_files -c "$cur" ''; else _xmppctl_files -f "$cur" ''; fi
  elif [[ -n $option ]]; then
    _xmppctl_value "$name:$option" "$cur"
  elif [[ -z $ended && $cur == --*=* ]]; then
    _xmppctl_value "$name:${cur%%=*}" "${cur#*=}" "${cur%%=*}="
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
    send|flush|sendfile|get|listen|history|unread|'muc create'|'muc join'|'muc send'|'muc listen'|'muc members'|'muc list'|'muc info'|'muc invite'|'muc subject'|'muc config'|'muc kick'|'muc ban'|'muc affiliation'|'muc destroy'|'muc history'|'muc leave'|'muc bookmarks'|contacts|info|add|accept|deny|remove|block|unblock|'presence set'|'presence get'|register|login|logout|passwd|delete|accounts|'accounts use'|import|doctor|services|raw|completion|schema|'schema muc'|'schema presence'|'schema accounts'|help|'help muc'|'help presence'|'help accounts'|muc|presence) return 0 ;;
  esac
  return 1
}

_xmppctl_commands() {
  case $1 in
    '') _xmppctl_words "$cur" '' send flush sendfile get listen history unread contacts info add accept deny remove block unblock register login logout passwd delete accounts import doctor services raw completion schema help muc presence ;;
    muc) _xmppctl_words "$cur" '' create join send listen members list info invite subject config kick ban affiliation destroy history leave bookmarks ;;
    presence) _xmppctl_words "$cur" '' set get ;;
    accounts) _xmppctl_words "$cur" '' use ;;
    help) _xmppctl_words "$cur" '' send flush sendfile get listen history unread contacts info add accept deny remove block unblock register login logout passwd delete accounts import doctor services raw completion muc presence commands options credentials environment json cron exit-codes ;;
    'help muc') _xmppctl_words "$cur" '' create join send listen members list info invite subject config kick ban affiliation destroy history leave bookmarks ;;
    'help presence') _xmppctl_words "$cur" '' set get ;;
    'help accounts') _xmppctl_words "$cur" '' use ;;
    schema) _xmppctl_words "$cur" '' send flush sendfile get listen history unread contacts info add accept deny remove block unblock register login logout passwd delete accounts import doctor services raw completion muc presence ;;
    'schema muc') _xmppctl_words "$cur" '' create join send listen members list info invite subject config kick ban affiliation destroy history leave bookmarks ;;
    'schema presence') _xmppctl_words "$cur" '' set get ;;
    'schema accounts') _xmppctl_words "$cur" '' use ;;
  esac
}

_xmppctl_options() {
  local connecting='--account --password-stdin --password-file --password-command --server --ca-file --pin --proxy --timeout --allow-plain --insecure-no-tls --trace --no-input --dry-run --output --json --no-header --no-color --quiet --verbose --help --version'
  local everywhere='--output --json --no-header --no-color --quiet --verbose --help --version'
  local own=$connecting
  case $1 in
    send) own="$connecting --to --recipients --body-file --lines --batch --subject --type --thread --id --url --reply-to --correct --react --retract --headline --wait --bounce-wait --retry-unknown --spool --allow-empty --replace-invalid" ;;
    flush) own="$connecting --retry-unknown" ;;
    sendfile) own="$connecting --to --recipients --room --caption --name --media-type --encrypt --in-band --upload-only --id --wait --bounce-wait --service --nick --nick-fallback --room-password-file --room-password-stdin --room-password-command" ;;
    get) own="$connecting --dir --output-file --max-size --sha256 --keep-partial --allow-private" ;;
    listen) own="$connecting --count --for --once --from --events --sent --durable --require-durable --since --heartbeat --receipts --no-reconnect --room --history --ping-after --service --nick --nick-fallback --room-password-file --room-password-stdin --room-password-command --download --download-from --accept-from --max-size --allow-private --exec --exec-concurrency --exec-timeout --exec-fail --reply --notify" ;;
    history) own="$connecting --with --since --until --count --search --fail-empty" ;;
    unread) own="$connecting --durable --total" ;;
    'muc create') own="$connecting --public --members-only --persistent --name --description --config --service --nick --nick-fallback --room-password-file --room-password-stdin --room-password-command --password-file" ;;
    'muc join') own="$connecting --count --for --events --no-reconnect --history --since --ping-after --service --nick --nick-fallback --room-password-file --room-password-stdin --room-password-command" ;;
    'muc send') own="$connecting --to --recipients --body-file --lines --subject --thread --id --url --correct --reply-to --react --retract --create --allow-empty --replace-invalid --service --nick --nick-fallback --room-password-file --room-password-stdin --room-password-command" ;;
    'muc listen') own="$connecting --count --for --events --no-reconnect --history --since --ping-after --service --nick --nick-fallback --room-password-file --room-password-stdin --room-password-command" ;;
    'muc members') own="$connecting --service --nick --nick-fallback --room-password-file --room-password-stdin --room-password-command" ;;
    'muc list') own="$connecting" ;;
    'muc info') own="$connecting --service" ;;
    'muc invite') own="$connecting --reason --direct --service --nick --nick-fallback --room-password-file --room-password-stdin --room-password-command" ;;
    'muc subject') own="$connecting --service --nick --nick-fallback --room-password-file --room-password-stdin --room-password-command" ;;
    'muc config') own="$connecting --service --room-password-file --room-password-stdin --room-password-command" ;;
    'muc kick') own="$connecting --reason --service --nick --nick-fallback --room-password-file --room-password-stdin --room-password-command" ;;
    'muc ban') own="$connecting --reason --service" ;;
    'muc affiliation') own="$connecting --reason --service" ;;
    'muc destroy') own="$connecting --confirm --reason --alternate --service" ;;
    'muc history') own="$connecting --since --until --count --from --fail-empty --service --nick --nick-fallback --room-password-file --room-password-stdin --room-password-command" ;;
    'muc leave') own="$connecting --forget --service" ;;
    'muc bookmarks') own="$connecting --add --remove --name --nick --autojoin --service" ;;
    contacts) own="$connecting --presence --group --subscription --pending --wait" ;;
    info) own="$connecting --wait" ;;
    add) own="$connecting --name --group --message --approve" ;;
    accept) own="$connecting" ;;
    deny) own="$connecting" ;;
    remove) own="$connecting --keep-subscription" ;;
    block) own="$connecting" ;;
    unblock) own="$connecting" ;;
    'presence set') own="$connecting --for --priority" ;;
    'presence get') own="$connecting --wait" ;;
    register) own="$connecting --email --field --invite --save --store" ;;
    login) own="$connecting --store --trust-on-first-use" ;;
    logout) own="$everywhere --all" ;;
    passwd) own="$connecting --new-password-stdin --new-password-file --new-password-command" ;;
    delete) own="$connecting --confirm" ;;
    accounts) own="$everywhere" ;;
    'accounts use') own="$everywhere" ;;
    import) own="$everywhere --from --file --store --replace --dry-run" ;;
    doctor) own="$connecting --warn-days --cron" ;;
    services) own="$connecting" ;;
    raw) own="$connecting --wait" ;;
    completion) own="$everywhere" ;;
    schema) own="$everywhere" ;;
    'schema muc') own="$everywhere" ;;
    'schema presence') own="$everywhere" ;;
    'schema accounts') own="$everywhere" ;;
    help) own="" ;;
    'help muc') own="" ;;
    'help presence') own="" ;;
    'help accounts') own="" ;;
  esac
  # shellcheck disable=SC2086
  _xmppctl_words "$cur" '' $own
}

# Offers values: $1 is command:option or command:place, $2 what is typed, $3 what stands before it in the word.
_xmppctl_value() {
  case $1 in
    *:--account|*:-a|delete:--confirm|login:1|logout:1|'accounts use:1') _xmppctl_cached account "$2" "$3" ;;
    *:--password-file|*:--ca-file|*:--trace|*:--recipients|*:--body-file|*:--room-password-file|*:--output-file|*:--new-password-file|*:--file) _xmppctl_files -f "$2" "$3" ;;
    *:--password-command|*:--exec) _xmppctl_files -c "$2" "$3" ;;
    *:--output|*:-o) _xmppctl_words "$2" "$3" table json ndjson tsv ;;
    send:--json|flush:--json|'muc send:--json') _xmppctl_list "$2" "$3" to id status stanzaId error ;;
    send:--to|sendfile:--to|listen:--from|*:--download-from|*:--accept-from|*:--with|send:1|sendfile:1|history:1|'muc ban:2'|'muc affiliation:2'|info:1|add:1|accept:1|deny:1|remove:1|block:1|unblock:1) _xmppctl_cached jid "$2" "$3" ;;
    *:--type) _xmppctl_words "$2" "$3" chat normal headline ;;
    send:--wait|sendfile:--wait) _xmppctl_words "$2" "$3" none server receipt displayed ;;
    sendfile:--json) _xmppctl_list "$2" "$3" to id status stanzaId error file url size mediaType sha256 encrypted ;;
    *:--room|'muc send:--to'|*:--alternate|*:--add|*:--remove|'muc create:1'|'muc send:1'|'muc members:1'|'muc info:1'|'muc invite:1'|'muc subject:1'|'muc config:1'|'muc kick:1'|'muc ban:1'|'muc affiliation:1'|'muc destroy:1'|'muc destroy:2'|'muc history:1'|'muc leave:1') _xmppctl_cached room "$2" "$3" ;;
    get:--json) _xmppctl_list "$2" "$3" url path size mediaType sha256 ;;
    *:--dir|*:-d|*:--download) _xmppctl_files -d "$2" "$3" ;;
    listen:--json) _xmppctl_list "$2" "$3" v event time account type from resource to id stanzaId body subject thread delayed carbon source replaces correction replyTo files room nick occupantId show status priority action state reactions verdict url path size sha256 error change newNick role affiliation jid jidAscii by reason self password direct since until archive ;;
    listen:--events) _xmppctl_list "$2" "$3" message presence subscription receipt displayed chatstate reaction correction retraction file occupant subject invite connection gap heartbeat all ;;
    *:--receipts) _xmppctl_words "$2" "$3" contacts all none ;;
    *:--exec-fail) _xmppctl_words "$2" "$3" stop continue ;;
    history:--json|'muc history:--json') _xmppctl_list "$2" "$3" v event time account type from resource to id stanzaId body subject thread delayed carbon source replaces correction replyTo files room nick occupantId ;;
    unread:--json) _xmppctl_list "$2" "$3" from count last ;;
    'muc create:--json') _xmppctl_list "$2" "$3" room created ;;
    'muc join:--json'|'muc listen:--json') _xmppctl_list "$2" "$3" v event time account type from resource to id stanzaId body subject thread delayed carbon source replaces correction replyTo files room nick occupantId change newNick role affiliation jid jidAscii by reason self password direct reactions verdict state ;;
    'muc join:--events'|'muc listen:--events') _xmppctl_list "$2" "$3" message occupant subject invite reaction correction retraction displayed receipt chatstate all ;;
    'muc members:--json') _xmppctl_list "$2" "$3" room nick role affiliation jid jidAscii show status ;;
    'muc list:--json') _xmppctl_list "$2" "$3" room name occupants description ;;
    'muc info:--json') _xmppctl_list "$2" "$3" room name description subject occupants language public membersOnly moderated password persistent anonymous archive features ;;
    'muc invite:--json') _xmppctl_list "$2" "$3" room jid jidAscii status error ;;
    'muc subject:--json') _xmppctl_list "$2" "$3" room subject nick time ;;
    'muc config:--json') _xmppctl_list "$2" "$3" name values type options label ;;
    'muc kick:--json') _xmppctl_list "$2" "$3" room nick kicked ;;
    'muc ban:--json') _xmppctl_list "$2" "$3" room jid jidAscii banned ;;
    'muc affiliation:--json') _xmppctl_list "$2" "$3" room jid jidAscii affiliation nick reason ;;
    'muc destroy:--json') _xmppctl_list "$2" "$3" room destroyed ;;
    'muc leave:--json'|'muc bookmarks:--json') _xmppctl_list "$2" "$3" room name nick autojoin ;;
    contacts:--json) _xmppctl_list "$2" "$3" jid jidAscii name groups subscription ask approved online show status resources ;;
    *:--subscription) _xmppctl_words "$2" "$3" none to from both ;;
    info:--json) _xmppctl_list "$2" "$3" jid jidAscii name groups subscription ask approved online presence vcard lastActivity client features ;;
    add:--json) _xmppctl_list "$2" "$3" jid jidAscii name groups subscription ask approved status ;;
    accept:--json|deny:--json) _xmppctl_list "$2" "$3" jid jidAscii subscription status ;;
    remove:--json) _xmppctl_list "$2" "$3" jid jidAscii subscription ;;
    block:--json|unblock:--json) _xmppctl_list "$2" "$3" jid jidAscii blocked ;;
    'presence set:--json') _xmppctl_list "$2" "$3" jid jidAscii resource show status priority ;;
    'presence get:--json') _xmppctl_list "$2" "$3" jid jidAscii online show status resource priority ;;
    register:--json) _xmppctl_list "$2" "$3" jid jidAscii registered saved ;;
    register:--store|import:--store) _xmppctl_words "$2" "$3" keychain file ;;
    login:--json) _xmppctl_list "$2" "$3" jid jidAscii mechanism secret pin ;;
    login:--store) _xmppctl_words "$2" "$3" keychain file command none ;;
    logout:--json) _xmppctl_list "$2" "$3" jid jidAscii forgotten ;;
    passwd:--json) _xmppctl_list "$2" "$3" jid jidAscii changed secret ;;
    delete:--json) _xmppctl_list "$2" "$3" jid jidAscii deleted ;;
    accounts:--json) _xmppctl_list "$2" "$3" jid jidAscii default secret server pin ;;
    'accounts use:--json') _xmppctl_list "$2" "$3" jid jidAscii ;;
    import:--json) _xmppctl_list "$2" "$3" jid jidAscii from file secret server status ;;
    import:--from) _xmppctl_words "$2" "$3" sendxmpp go-sendxmpp profanity ;;
    doctor:--json) _xmppctl_list "$2" "$3" check status detail hint ms ;;
    services:--json) _xmppctl_list "$2" "$3" jid jidAscii name category type limits features ;;
    raw:--json) _xmppctl_list "$2" "$3" name type id from xml ;;
    'muc affiliation:3') _xmppctl_words "$2" "$3" owner admin member outcast none ;;
    'presence set:1') _xmppctl_words "$2" "$3" available chat away xa dnd ;;
    completion:1) _xmppctl_words "$2" "$3" bash zsh fish ;;
    sendfile:[1-9]*) _xmppctl_files -f "$2" "$3" ;;
    'muc join:'[1-9]*|'muc listen:'[1-9]*) _xmppctl_cached room "$2" "$3" ;;
    'muc invite:'[1-9]*|'presence get:'[1-9]*) _xmppctl_cached jid "$2" "$3" ;;
  esac
}

# Sets words to those that are complete, cur to the one that is not, without what quotes them; open to the quote that has
# no end yet: readline knows no word breaks after it.
_xmppctl_split() {
  local line=$1 char begun='' i
  words=()
  for ((i = 0; i < ${#line}; i++)); do
    char=${line:i:1}
    if [[ -n $open ]]; then
      if [[ $char == "$open" ]]; then open=''; else cur+=$char; fi
    elif [[ $char == [\'\"] ]]; then
      open=$char begun=1
    elif [[ $char == [[:space:]] ]]; then
      if [[ -n $begun ]]; then words+=("$cur"); fi
      cur='' begun=''
    else
      if [[ $char == \\ ]]; then
        ((i++))
        char=${line:i:1}
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
  if [[ $typed == *,* ]]; then prefix+=${typed%,*},; fi
  compopt -o nospace 2>/dev/null
  _xmppctl_words "${typed##*,}" "$prefix" "$@"
}

_xmppctl_files() {
  local word
  if [[ $1 != -c ]]; then compopt -o filenames 2>/dev/null; fi
  while IFS= read -r word; do COMPREPLY+=("$3$word"); done < <(compgen "$1" -- "$2")
}

# JIDs, rooms or accounts that other commands have seen: $1 is the kind. The words are data: what a shell could act on is
# left out. awk reads ten thousand of them while bash reads a hundred.
_xmppctl_cached() {
  local IFS=$'\n' file="${XDG_CACHE_HOME:-$HOME/.cache}/xmppctl/completion.tsv"
  [[ -r $file ]] || return 0
  # shellcheck disable=SC2207
  COMPREPLY+=($(
    START=$1$'\t'$2 BEFORE=$3 LC_ALL=C awk -F '\t' '
      BEGIN { start = ENVIRON["START"]; before = ENVIRON["BEFORE"] }
      index($0, start) == 1 && $2 !~ /[^A-Za-z0-9_@.+:\/\200-\377-]/ { print before $2 }' "$file"
  ))
}

# Readline replaces only what follows the last of its word breaks (= and : among them), so the part before goes. An @ is
# a word break as well, but it belongs to what is replaced; a space here is one behind a backslash, which is none.
_xmppctl_trim() {
  local before='' rest=$1 i
  for ((i = ${#rest} - 1; i >= 0; i--)); do
    if [[ ${rest:i:1} != [[:space:]] && $COMP_WORDBREAKS == *"${rest:i:1}"* ]]; then
      before=${rest:0:i+1}
      before=${before%@}
      break
    fi
  done
  if [[ -n $before ]]; then COMPREPLY=("${COMPREPLY[@]#"$before"}"); fi
}

complete -F _xmppctl xmppctl
