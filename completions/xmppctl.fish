# Completion of xmppctl for fish. Made from the definitions of the commands by `npm run generate`.
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
            case --account -a --password-file --password-command --server --ca-file --pin --proxy --timeout --output -o --to --recipients --body-file --subject --type --thread --id --url --reply-to --correct --react --retract --wait --bounce-wait --room --caption --name --media-type --service --nick --room-password-file --room-password-command --dir -d --output-file --max-size --sha256 --count --for --from --events --since --heartbeat --receipts --history --ping-after --download --download-from --with --until --search --durable --description --config --confirm --reason --alternate --group --subscription --message --priority --email --field --invite --store --new-password-file --new-password-command --file --warn-days
                set skip 1
                continue
            case '-?*'
                continue
            end
        end
        set -l longer (string trim -- "$__xmppctl_name $word")
        if test $__xmppctl_place = 1; and contains -- $longer send sendfile get listen history unread 'muc create' 'muc send' 'muc join' 'muc listen' 'muc members' 'muc list' 'muc info' 'muc destroy' contacts info add accept deny remove block unblock 'presence set' 'presence get' register login logout passwd delete accounts 'accounts use' import doctor services raw completion schema help muc presence
            set -g __xmppctl_name $longer
        else
            set -g __xmppctl_place (math $__xmppctl_place + 1)
        end
    end
end

# Whether the command is one of those given.
function __xmppctl_is
    __xmppctl_walk
    test "$__xmppctl_place" != hook; and contains -- "$__xmppctl_name" $argv
end

# Whether an argument at that place of the command comes next: __xmppctl_at COMMAND PLACE, or PLACE+ for all from there.
function __xmppctl_at
    __xmppctl_walk
    test "$__xmppctl_name" = "$argv[1]"; or return 1
    test "$__xmppctl_place" != hook; or return 1
    switch $argv[2]
        case '*+'
            test $__xmppctl_place -ge (string trim -r -c + -- $argv[2])
        case '*'
            test $__xmppctl_place = $argv[2]
    end
end

# Whether the options of a connection may stand here, and those of output.
function __xmppctl_connects
    not __xmppctl_is logout accounts 'accounts use' import completion schema help; and not __xmppctl_in_hook
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

# JIDs, rooms or accounts that other commands have seen, with their names.
function __xmppctl_cached
    set -l cache $XDG_CACHE_HOME
    test -n "$cache"; or set cache ~/.cache
    test -r $cache/xmppctl/completion.tsv; or return
    while read -l line
        set -l parts (string split -m 2 \t -- $line)
        test "$parts[1]" = $argv[1]; and printf '%s\t%s\n' $parts[2] "$parts[3]"
    end <$cache/xmppctl/completion.tsv
end

# The last of several words joined by commas.
function __xmppctl_list
    set -l typed (string replace -r '^--[^=]*=' '' -- (commandline -ct))
    set -l before (string match -r '^.*,' -- $typed)
    printf '%s\n' "$before"$argv
end

complete -c xmppctl -f
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a send -d 'send a message'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a sendfile -d 'send files'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a get -d 'download files announced in messages'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a listen -d 'print what comes in, as it comes'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a history -d 'print the archive of the account'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a unread -d 'count the messages that wait for listen --durable'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a contacts -d 'list the contacts'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a info -d 'show what is known of one contact'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a add -d 'add a contact and ask to see their presence'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a accept -d 'let somebody who asked see your presence'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a deny -d 'refuse to let somebody see your presence'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a remove -d 'remove a contact'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a block -d 'block somebody, or list who is blocked'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a unblock -d 'let somebody through again who was blocked'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a register -d 'create an account'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a login -d 'check a password on the server and store it'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a logout -d 'forget the stored login of an account'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a passwd -d 'change the password of the account'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a delete -d 'delete the account on the server'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a accounts -d 'list the accounts that this machine knows'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a import -d 'take over accounts from sendxmpp, go-sendxmpp and profanity'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a doctor -d 'check step by step what would make a command fail'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a services -d 'list what the server offers'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a raw -d 'send stanzas as XML and print what comes back'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a completion -d 'print the completion script of a shell'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a schema -d 'print the JSON Schema of what a command prints with --json'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a help -d 'help on a command or topic'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a muc -d 'create, send, join …'
complete -c xmppctl -n '__xmppctl_at \'\' 1' -a presence -d 'set, get …'
complete -c xmppctl -n '__xmppctl_at muc 1' -a create -d 'create a room'
complete -c xmppctl -n '__xmppctl_at muc 1' -a send -d 'send a message to a room'
complete -c xmppctl -n '__xmppctl_at muc 1' -a join -d 'stay in a room and print what happens there'
complete -c xmppctl -n '__xmppctl_at muc 1' -a listen -d 'the same as muc join'
complete -c xmppctl -n '__xmppctl_at muc 1' -a members -d 'list who is in a room'
complete -c xmppctl -n '__xmppctl_at muc 1' -a list -d 'list the rooms of a service'
complete -c xmppctl -n '__xmppctl_at muc 1' -a info -d 'show what a room says of itself'
complete -c xmppctl -n '__xmppctl_at muc 1' -a destroy -d 'destroy a room, with all in it'
complete -c xmppctl -n '__xmppctl_at presence 1' -a set -d 'show contacts that you are available, away or busy'
complete -c xmppctl -n '__xmppctl_at presence 1' -a get -d 'show whether contacts are online'
complete -c xmppctl -n '__xmppctl_at accounts 1' -a use -d 'make an account the default'
complete -c xmppctl -n __xmppctl_connects -l account -s a -x -a '(__xmppctl_cached account)' -d 'the account to use; default: the first that logged in'
complete -c xmppctl -n __xmppctl_connects -l password-stdin -d 'read the password from the first line of standard input'
complete -c xmppctl -n __xmppctl_connects -l password-file -r -F -d 'read the password from the first line of FILE'
complete -c xmppctl -n __xmppctl_connects -l password-command -x -a '(__fish_complete_command)' -d 'read the password from the first line that CMD prints'
complete -c xmppctl -n __xmppctl_connects -l server -x -d 'connect there instead of asking DNS; xmpps is direct TLS'
complete -c xmppctl -n __xmppctl_connects -l ca-file -r -F -d 'trust the certificates in FILE (PEM) instead of the system’s'
complete -c xmppctl -n __xmppctl_connects -l pin -x -d 'trust exactly this public key instead of any CA'
complete -c xmppctl -n __xmppctl_connects -l proxy -x -d 'go through a socks5h:// or http:// proxy'
complete -c xmppctl -n __xmppctl_connects -l timeout -x -d 'how long the whole command may take; for listen: each connection attempt'
complete -c xmppctl -n __xmppctl_connects -l allow-plain -d 'allow SASL PLAIN over verified TLS'
complete -c xmppctl -n __xmppctl_connects -l insecure-no-tls -d 'allow a server without TLS (SCRAM only); warns each time'
complete -c xmppctl -n __xmppctl_connects -l trace -F -d 'write the XML of both directions to FILE or stderr, secrets redacted'
complete -c xmppctl -n __xmppctl_connects -l no-input -d 'never ask at the terminal'
complete -c xmppctl -n __xmppctl_connects -l dry-run -d 'print the stanzas that would be sent, and send nothing'
complete -c xmppctl -n __xmppctl_prints -l output -s o -x -a 'table json ndjson tsv' -d 'how results are printed'
complete -c xmppctl -n __xmppctl_prints -l no-header -d 'no heading line above a table'
complete -c xmppctl -n __xmppctl_prints -l no-color -d 'no colour, whatever the terminal'
complete -c xmppctl -n __xmppctl_prints -l quiet -s q -d 'only results and errors'
complete -c xmppctl -n __xmppctl_prints -l verbose -s v -d 'say each step on stderr'
complete -c xmppctl -n __xmppctl_prints -l help -s h -d 'show this help'
complete -c xmppctl -n __xmppctl_prints -l version -s V -d 'show the version'
complete -c xmppctl -n '__xmppctl_is send' -l json -a '(__xmppctl_list to id status stanzaId error)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is sendfile' -l json -a '(__xmppctl_list to id status stanzaId error file url size mediaType sha256 encrypted)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is get' -l json -a '(__xmppctl_list url path size mediaType sha256)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is listen' -l json -a '(__xmppctl_list v event time account type from resource to id stanzaId body subject thread delayed carbon source replaces replyTo files room nick occupantId show status priority action state url path size sha256 error change newNick role affiliation jid by reason self password direct since until archive)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is history' -l json -a '(__xmppctl_list v event time account type from resource to id stanzaId body subject thread delayed carbon source replaces replyTo files room nick occupantId)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is unread' -l json -a '(__xmppctl_list from count last)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l json -a '(__xmppctl_list room created)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l json -a '(__xmppctl_list to id status stanzaId error)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is \'muc join\'' -l json -a '(__xmppctl_list v event time account type from resource to id stanzaId body subject thread delayed carbon source replaces replyTo files room nick occupantId change newNick role affiliation jid by reason self)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is \'muc listen\'' -l json -a '(__xmppctl_list v event time account type from resource to id stanzaId body subject thread delayed carbon source replaces replyTo files room nick occupantId change newNick role affiliation jid by reason self)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is \'muc members\'' -l json -a '(__xmppctl_list room nick role affiliation jid show status)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is \'muc list\'' -l json -a '(__xmppctl_list room name occupants description)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is \'muc info\'' -l json -a '(__xmppctl_list room name description subject occupants language public membersOnly moderated password persistent anonymous archive features)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is \'muc destroy\'' -l json -a '(__xmppctl_list room destroyed)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is contacts' -l json -a '(__xmppctl_list jid jidAscii name groups subscription ask approved online show status resources)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is info' -l json -a '(__xmppctl_list jid jidAscii name groups subscription ask approved online presence vcard lastActivity client features)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is add' -l json -a '(__xmppctl_list jid jidAscii name groups subscription ask approved status)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is accept' -l json -a '(__xmppctl_list jid jidAscii subscription status)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is deny' -l json -a '(__xmppctl_list jid jidAscii subscription status)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is remove' -l json -a '(__xmppctl_list jid jidAscii subscription)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is block' -l json -a '(__xmppctl_list jid jidAscii blocked)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is unblock' -l json -a '(__xmppctl_list jid jidAscii blocked)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is \'presence set\'' -l json -a '(__xmppctl_list jid jidAscii resource show status priority)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is \'presence get\'' -l json -a '(__xmppctl_list jid jidAscii online show status resource priority)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is register' -l json -a '(__xmppctl_list jid registered saved)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is login' -l json -a '(__xmppctl_list jid mechanism secret pin)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is logout' -l json -a '(__xmppctl_list jid forgotten)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is passwd' -l json -a '(__xmppctl_list jid changed secret)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is delete' -l json -a '(__xmppctl_list jid deleted)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is accounts' -l json -a '(__xmppctl_list jid default secret server pin)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is \'accounts use\'' -l json -a '(__xmppctl_list jid)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is import' -l json -a '(__xmppctl_list jid from file secret server status)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is doctor' -l json -a '(__xmppctl_list check status detail hint ms)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is services' -l json -a '(__xmppctl_list jid name category type limits features)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is raw' -l json -a '(__xmppctl_list name type id from xml)' -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is completion' -l json -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_is schema' -l json -d 'same as -o json (streams: ndjson); with =FIELDS only these keys'
complete -c xmppctl -n '__xmppctl_in_hook program' -a '(__fish_complete_command)'
complete -c xmppctl -n '__xmppctl_in_hook argument' -F
complete -c xmppctl -n '__xmppctl_is send' -l to -x -a '(__xmppctl_cached jid)' -d 'another recipient'
complete -c xmppctl -n '__xmppctl_is send' -l recipients -r -F -d 'a file with one recipient a line'
complete -c xmppctl -n '__xmppctl_is send' -l body-file -r -F -d 'read the message from FILE'
complete -c xmppctl -n '__xmppctl_is send' -l lines -d 'send each line of standard input as a message, as it comes'
complete -c xmppctl -n '__xmppctl_is send' -l batch -d 'send the messages that standard input describes, a JSON object a line'
complete -c xmppctl -n '__xmppctl_is send' -l subject -x -d 'a subject'
complete -c xmppctl -n '__xmppctl_is send' -l type -x -a 'chat normal headline' -d 'the type of message'
complete -c xmppctl -n '__xmppctl_is send' -l thread -x -d 'the conversation that it belongs to'
complete -c xmppctl -n '__xmppctl_is send' -l id -x -d 'the id of the message; the same id marks a repeated message as a copy'
complete -c xmppctl -n '__xmppctl_is send' -l url -x -d 'a link that clients show as an attachment'
complete -c xmppctl -n '__xmppctl_is send' -l reply-to -x -d 'the message is the answer to the one with that id'
complete -c xmppctl -n '__xmppctl_is send' -l correct -x -d 'the message takes the place of the one of ours with that id'
complete -c xmppctl -n '__xmppctl_is send' -l react -x -d 'the message is a reaction to the one with that id: BODY is one emoji, or several'
complete -c xmppctl -n '__xmppctl_is send' -l retract -x -d 'takes back the message of ours with that id; there is no BODY'
complete -c xmppctl -n '__xmppctl_is send' -l headline -d 'same as --type headline'
complete -c xmppctl -n '__xmppctl_is send' -l wait -x -a 'none server receipt displayed' -d 'what to wait for'
complete -c xmppctl -n '__xmppctl_is send' -l bounce-wait -x -d 'how long to wait for the message to come back'
complete -c xmppctl -n '__xmppctl_is send' -l retry-unknown -d 'send again, with the same id, what may have arrived already'
complete -c xmppctl -n '__xmppctl_is send' -l allow-empty -d 'send an empty message'
complete -c xmppctl -n '__xmppctl_is send' -l replace-invalid -d 'replace what XMPP cannot carry instead of refusing it'
complete -c xmppctl -n '__xmppctl_at send 1' -a '(__xmppctl_cached jid)'
complete -c xmppctl -n '__xmppctl_is sendfile' -l to -x -a '(__xmppctl_cached jid)' -d 'another recipient'
complete -c xmppctl -n '__xmppctl_is sendfile' -l recipients -r -F -d 'a file with one recipient a line'
complete -c xmppctl -n '__xmppctl_is sendfile' -l room -x -a '(__xmppctl_cached room)' -d 'everybody in this room'
complete -c xmppctl -n '__xmppctl_is sendfile' -l caption -x -d 'a message to go with the files'
complete -c xmppctl -n '__xmppctl_is sendfile' -l name -x -d 'the name that the recipient sees, instead of that of FILE'
complete -c xmppctl -n '__xmppctl_is sendfile' -l media-type -x -d 'the media type'
complete -c xmppctl -n '__xmppctl_is sendfile' -l encrypt -d 'encrypt the file, and put the key into the message (aesgcm)'
complete -c xmppctl -n '__xmppctl_is sendfile' -l upload-only -d 'tell nobody; print the address'
complete -c xmppctl -n '__xmppctl_is sendfile' -l id -x -d 'the id of the message, for one file and one recipient'
complete -c xmppctl -n '__xmppctl_is sendfile' -l wait -x -a 'none server receipt displayed' -d 'what to wait for'
complete -c xmppctl -n '__xmppctl_is sendfile' -l bounce-wait -x -d 'how long to wait for the message to come back'
complete -c xmppctl -n '__xmppctl_is sendfile' -l service -x -d 'where the room is, if only its name is given'
complete -c xmppctl -n '__xmppctl_is sendfile' -l nick -x -d 'the nickname in the room'
complete -c xmppctl -n '__xmppctl_is sendfile' -l nick-fallback -d 'if the nickname is taken, use it with a number'
complete -c xmppctl -n '__xmppctl_is sendfile' -l room-password-file -r -F -d 'read the password of the room from the first line of FILE'
complete -c xmppctl -n '__xmppctl_is sendfile' -l room-password-stdin -d 'read the password of the room from the first line of standard input'
complete -c xmppctl -n '__xmppctl_is sendfile' -l room-password-command -x -d 'read the password of the room from the first line that CMD prints'
complete -c xmppctl -n '__xmppctl_at sendfile 1' -a '(__xmppctl_cached jid)'
complete -c xmppctl -n '__xmppctl_at sendfile 2+' -F
complete -c xmppctl -n '__xmppctl_is get' -l dir -s d -x -a '(__fish_complete_directories (commandline -ct))' -d 'where the files go'
complete -c xmppctl -n '__xmppctl_is get' -l output-file -r -F -d 'the name of the file, for one URL'
complete -c xmppctl -n '__xmppctl_is get' -l max-size -x -d 'refuse what is larger'
complete -c xmppctl -n '__xmppctl_is get' -l sha256 -x -d 'refuse a file with another SHA-256, for one URL'
complete -c xmppctl -n '__xmppctl_is get' -l keep-partial -d 'keep what came of a file when it cannot be had in full'
complete -c xmppctl -n '__xmppctl_is get' -l allow-private -d 'also from private and loopback addresses'
complete -c xmppctl -n '__xmppctl_is listen' -l count -x -d 'end after N message events'
complete -c xmppctl -n '__xmppctl_is listen' -l for -x -d 'end after that time; with --count not reached by then, exit status 1'
complete -c xmppctl -n '__xmppctl_is listen' -l once -d 'print what waits and end'
complete -c xmppctl -n '__xmppctl_is listen' -l from -x -a '(__xmppctl_cached jid)' -d 'only events from this JID'
complete -c xmppctl -n '__xmppctl_is listen' -l events -x -a '(__xmppctl_list message presence subscription receipt displayed chatstate file occupant subject invite connection gap heartbeat all)' -d 'which events'
complete -c xmppctl -n '__xmppctl_is listen' -l sent -d 'also messages that other devices of the account sent'
complete -c xmppctl -n '__xmppctl_is listen' -l durable -d 'go on where the last listener with this cursor ended'
complete -c xmppctl -n '__xmppctl_is listen' -l require-durable -d 'end with 69 if the server has no archive for --durable'
complete -c xmppctl -n '__xmppctl_is listen' -l since -x -d 'begin with the messages of the archive since then'
complete -c xmppctl -n '__xmppctl_is listen' -l heartbeat -x -d 'print a heartbeat event that often'
complete -c xmppctl -n '__xmppctl_is listen' -l receipts -x -a 'contacts all none' -d 'who gets the receipts that they ask for'
complete -c xmppctl -n '__xmppctl_is listen' -l no-reconnect -d 'end when the connection is lost'
complete -c xmppctl -n '__xmppctl_is listen' -l room -x -a '(__xmppctl_cached room)' -d 'also be in this room'
complete -c xmppctl -n '__xmppctl_is listen' -l history -x -d 'first the last N messages of the room'
complete -c xmppctl -n '__xmppctl_is listen' -l ping-after -x -d 'how long a room may be silent before it is asked whether we are still in it; 0: never'
complete -c xmppctl -n '__xmppctl_is listen' -l service -x -d 'where the room is, if only its name is given'
complete -c xmppctl -n '__xmppctl_is listen' -l nick -x -d 'the nickname in the room'
complete -c xmppctl -n '__xmppctl_is listen' -l nick-fallback -d 'if the nickname is taken, use it with a number'
complete -c xmppctl -n '__xmppctl_is listen' -l room-password-file -r -F -d 'read the password of the room from the first line of FILE'
complete -c xmppctl -n '__xmppctl_is listen' -l room-password-stdin -d 'read the password of the room from the first line of standard input'
complete -c xmppctl -n '__xmppctl_is listen' -l room-password-command -x -d 'read the password of the room from the first line that CMD prints'
complete -c xmppctl -n '__xmppctl_is listen' -l download -x -a '(__fish_complete_directories (commandline -ct))' -d 'save files there that people in --download-from announce'
complete -c xmppctl -n '__xmppctl_is listen' -l download-from -x -a '(__xmppctl_cached jid)' -d 'fetch the files that this JID announces'
complete -c xmppctl -n '__xmppctl_is listen' -l max-size -x -d 'refuse files that are larger'
complete -c xmppctl -n '__xmppctl_is listen' -l allow-private -d 'fetch files also from private and loopback addresses'
complete -c xmppctl -n '__xmppctl_is history' -l with -x -a '(__xmppctl_cached jid)' -d 'the same'
complete -c xmppctl -n '__xmppctl_is history' -l since -x -d 'only messages since then'
complete -c xmppctl -n '__xmppctl_is history' -l until -x -d 'only messages before then'
complete -c xmppctl -n '__xmppctl_is history' -l count -x -d 'only the last N messages of the archive'
complete -c xmppctl -n '__xmppctl_is history' -l search -x -d 'only messages with these words, where the server can search'
complete -c xmppctl -n '__xmppctl_is history' -l fail-empty -d 'exit status 1 if there is nothing'
complete -c xmppctl -n '__xmppctl_at history 1' -a '(__xmppctl_cached jid)'
complete -c xmppctl -n '__xmppctl_is unread' -l durable -x -d 'the name of the cursor'
complete -c xmppctl -n '__xmppctl_is unread' -l total -d 'print the number of all and nothing else'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l public -d 'list the room among those of its service'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l members-only -d 'only members may enter'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l persistent -d 'keep the room when nobody is in it; this is always so'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l name -x -d 'the name of the room, for people'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l description -x -d 'what the room is for'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l config -x -d 'another setting; "muc config" shows which there are'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l service -x -d 'where the room is, if only its name is given'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l nick -x -d 'the nickname in the room'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l nick-fallback -d 'if the nickname is taken, use it with a number'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l room-password-file -r -F -d 'read the password of the room from the first line of FILE'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l room-password-stdin -d 'read the password of the room from the first line of standard input'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l room-password-command -x -d 'read the password of the room from the first line that CMD prints'
complete -c xmppctl -n '__xmppctl_is \'muc create\'' -l password-file -r -F -d 'the password of the room (not of the account) from the first line of FILE'
complete -c xmppctl -n '__xmppctl_at \'muc create\' 1' -a '(__xmppctl_cached room)'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l to -x -a '(__xmppctl_cached room)' -d 'another room'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l body-file -r -F -d 'read the message from FILE'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l lines -d 'send each line of standard input as a message, as it comes'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l subject -x -d 'a subject of the message; the room keeps its own'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l thread -x -d 'the conversation that it belongs to'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l id -x -d 'the id of the message; the same id marks a repeated message as a copy'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l create -d 'create the room if there is none'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l allow-empty -d 'send an empty message'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l replace-invalid -d 'replace what XMPP cannot carry instead of refusing it'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l service -x -d 'where the room is, if only its name is given'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l nick -x -d 'the nickname in the room'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l nick-fallback -d 'if the nickname is taken, use it with a number'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l room-password-file -r -F -d 'read the password of the room from the first line of FILE'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l room-password-stdin -d 'read the password of the room from the first line of standard input'
complete -c xmppctl -n '__xmppctl_is \'muc send\'' -l room-password-command -x -d 'read the password of the room from the first line that CMD prints'
complete -c xmppctl -n '__xmppctl_at \'muc send\' 1' -a '(__xmppctl_cached room)'
complete -c xmppctl -n '__xmppctl_is \'muc join\'' -l count -x -d 'end after N message events'
complete -c xmppctl -n '__xmppctl_is \'muc join\'' -l for -x -d 'end after that time; with --count not reached by then, exit status 1'
complete -c xmppctl -n '__xmppctl_is \'muc join\'' -l events -x -a '(__xmppctl_list message occupant subject)' -d 'which events'
complete -c xmppctl -n '__xmppctl_is \'muc join\'' -l history -x -d 'first the last N messages of the room'
complete -c xmppctl -n '__xmppctl_is \'muc join\'' -l since -x -d 'first what was said since then'
complete -c xmppctl -n '__xmppctl_is \'muc join\'' -l ping-after -x -d 'how long a room may be silent before it is asked whether we are still in it; 0: never'
complete -c xmppctl -n '__xmppctl_is \'muc join\'' -l service -x -d 'where the room is, if only its name is given'
complete -c xmppctl -n '__xmppctl_is \'muc join\'' -l nick -x -d 'the nickname in the room'
complete -c xmppctl -n '__xmppctl_is \'muc join\'' -l nick-fallback -d 'if the nickname is taken, use it with a number'
complete -c xmppctl -n '__xmppctl_is \'muc join\'' -l room-password-file -r -F -d 'read the password of the room from the first line of FILE'
complete -c xmppctl -n '__xmppctl_is \'muc join\'' -l room-password-stdin -d 'read the password of the room from the first line of standard input'
complete -c xmppctl -n '__xmppctl_is \'muc join\'' -l room-password-command -x -d 'read the password of the room from the first line that CMD prints'
complete -c xmppctl -n '__xmppctl_at \'muc join\' 1+' -a '(__xmppctl_cached room)'
complete -c xmppctl -n '__xmppctl_is \'muc listen\'' -l count -x -d 'end after N message events'
complete -c xmppctl -n '__xmppctl_is \'muc listen\'' -l for -x -d 'end after that time; with --count not reached by then, exit status 1'
complete -c xmppctl -n '__xmppctl_is \'muc listen\'' -l events -x -a '(__xmppctl_list message occupant subject)' -d 'which events'
complete -c xmppctl -n '__xmppctl_is \'muc listen\'' -l history -x -d 'first the last N messages of the room'
complete -c xmppctl -n '__xmppctl_is \'muc listen\'' -l since -x -d 'first what was said since then'
complete -c xmppctl -n '__xmppctl_is \'muc listen\'' -l ping-after -x -d 'how long a room may be silent before it is asked whether we are still in it; 0: never'
complete -c xmppctl -n '__xmppctl_is \'muc listen\'' -l service -x -d 'where the room is, if only its name is given'
complete -c xmppctl -n '__xmppctl_is \'muc listen\'' -l nick -x -d 'the nickname in the room'
complete -c xmppctl -n '__xmppctl_is \'muc listen\'' -l nick-fallback -d 'if the nickname is taken, use it with a number'
complete -c xmppctl -n '__xmppctl_is \'muc listen\'' -l room-password-file -r -F -d 'read the password of the room from the first line of FILE'
complete -c xmppctl -n '__xmppctl_is \'muc listen\'' -l room-password-stdin -d 'read the password of the room from the first line of standard input'
complete -c xmppctl -n '__xmppctl_is \'muc listen\'' -l room-password-command -x -d 'read the password of the room from the first line that CMD prints'
complete -c xmppctl -n '__xmppctl_at \'muc listen\' 1+' -a '(__xmppctl_cached room)'
complete -c xmppctl -n '__xmppctl_is \'muc members\'' -l service -x -d 'where the room is, if only its name is given'
complete -c xmppctl -n '__xmppctl_is \'muc members\'' -l nick -x -d 'the nickname in the room'
complete -c xmppctl -n '__xmppctl_is \'muc members\'' -l nick-fallback -d 'if the nickname is taken, use it with a number'
complete -c xmppctl -n '__xmppctl_is \'muc members\'' -l room-password-file -r -F -d 'read the password of the room from the first line of FILE'
complete -c xmppctl -n '__xmppctl_is \'muc members\'' -l room-password-stdin -d 'read the password of the room from the first line of standard input'
complete -c xmppctl -n '__xmppctl_is \'muc members\'' -l room-password-command -x -d 'read the password of the room from the first line that CMD prints'
complete -c xmppctl -n '__xmppctl_at \'muc members\' 1' -a '(__xmppctl_cached room)'
complete -c xmppctl -n '__xmppctl_is \'muc info\'' -l service -x -d 'where the room is, if only its name is given'
complete -c xmppctl -n '__xmppctl_at \'muc info\' 1' -a '(__xmppctl_cached room)'
complete -c xmppctl -n '__xmppctl_is \'muc destroy\'' -l confirm -x -a '(__xmppctl_cached room)' -d 'the room once more; without it nothing is sent'
complete -c xmppctl -n '__xmppctl_is \'muc destroy\'' -l reason -x -d 'what those in the room are told'
complete -c xmppctl -n '__xmppctl_is \'muc destroy\'' -l alternate -x -a '(__xmppctl_cached room)' -d 'a room that they may go to instead'
complete -c xmppctl -n '__xmppctl_is \'muc destroy\'' -l service -x -d 'where the room is, if only its name is given'
complete -c xmppctl -n '__xmppctl_at \'muc destroy\' 1' -a '(__xmppctl_cached room)'
complete -c xmppctl -n '__xmppctl_is contacts' -l presence -d 'also who is online, which shows you as online for that moment'
complete -c xmppctl -n '__xmppctl_is contacts' -l group -x -d 'only contacts in this group'
complete -c xmppctl -n '__xmppctl_is contacts' -l subscription -x -a 'none to from both' -d 'only contacts with this subscription'
complete -c xmppctl -n '__xmppctl_is contacts' -l pending -d 'instead, the requests that wait for an answer'
complete -c xmppctl -n '__xmppctl_is contacts' -l wait -x -d 'how long to wait for more after the last presence that came'
complete -c xmppctl -n '__xmppctl_is info' -l wait -x -d 'how long to wait for more after the last presence that came'
complete -c xmppctl -n '__xmppctl_at info 1' -a '(__xmppctl_cached jid)'
complete -c xmppctl -n '__xmppctl_is add' -l name -x -d 'the name to show for the contact'
complete -c xmppctl -n '__xmppctl_is add' -l group -x -d 'a group to put the contact in; with any given the contact is in no others'
complete -c xmppctl -n '__xmppctl_is add' -l message -x -d 'words that go with the request'
complete -c xmppctl -n '__xmppctl_is add' -l approve -d 'let the contact see you without asking, where the server keeps such approvals'
complete -c xmppctl -n '__xmppctl_at add 1' -a '(__xmppctl_cached jid)'
complete -c xmppctl -n '__xmppctl_at accept 1' -a '(__xmppctl_cached jid)'
complete -c xmppctl -n '__xmppctl_at deny 1' -a '(__xmppctl_cached jid)'
complete -c xmppctl -n '__xmppctl_is remove' -l keep-subscription -d 'let the contact go on seeing you'
complete -c xmppctl -n '__xmppctl_at remove 1' -a '(__xmppctl_cached jid)'
complete -c xmppctl -n '__xmppctl_at block 1' -a '(__xmppctl_cached jid)'
complete -c xmppctl -n '__xmppctl_at unblock 1' -a '(__xmppctl_cached jid)'
complete -c xmppctl -n '__xmppctl_is \'presence set\'' -l for -x -d 'how long to hold it'
complete -c xmppctl -n '__xmppctl_is \'presence set\'' -l priority -x -d 'the priority of this presence'
complete -c xmppctl -n '__xmppctl_at \'presence set\' 1' -a 'available chat away xa dnd'
complete -c xmppctl -n '__xmppctl_is \'presence get\'' -l wait -x -d 'how long to wait for more after the last presence that came'
complete -c xmppctl -n '__xmppctl_at \'presence get\' 1+' -a '(__xmppctl_cached jid)'
complete -c xmppctl -n '__xmppctl_is register' -l email -x -d 'e-mail address, if the form asks for one'
complete -c xmppctl -n '__xmppctl_is register' -l field -x -d 'another field of the form'
complete -c xmppctl -n '__xmppctl_is register' -l invite -x -d 'the invitation that allows it, where accounts are not open to everybody'
complete -c xmppctl -n '__xmppctl_is register' -l save -d 'store the new login as "login" would'
complete -c xmppctl -n '__xmppctl_is register' -l store -x -a 'keychain file' -d 'where --save puts the password'
complete -c xmppctl -n '__xmppctl_is login' -l store -x -a 'keychain file command none' -d 'where the password goes'
complete -c xmppctl -n '__xmppctl_is login' -l trust-on-first-use -d 'accept the key that the server shows now, and from then on no other'
complete -c xmppctl -n '__xmppctl_at login 1' -a '(__xmppctl_cached account)'
complete -c xmppctl -n '__xmppctl_is logout' -l all -d 'all accounts'
complete -c xmppctl -n '__xmppctl_at logout 1' -a '(__xmppctl_cached account)'
complete -c xmppctl -n '__xmppctl_is passwd' -l new-password-stdin -d 'read the new password from the first line of standard input'
complete -c xmppctl -n '__xmppctl_is passwd' -l new-password-file -r -F -d 'read the new password from the first line of FILE'
complete -c xmppctl -n '__xmppctl_is passwd' -l new-password-command -x -d 'read the new password from the first line that CMD prints'
complete -c xmppctl -n '__xmppctl_is delete' -l confirm -x -a '(__xmppctl_cached account)' -d 'the account to delete, written out: a default is not enough'
complete -c xmppctl -n '__xmppctl_at \'accounts use\' 1' -a '(__xmppctl_cached account)'
complete -c xmppctl -n '__xmppctl_is import' -l from -x -a 'sendxmpp go-sendxmpp profanity' -d 'only the accounts of this program'
complete -c xmppctl -n '__xmppctl_is import' -l file -r -F -d 'read this file of the program instead of its own'
complete -c xmppctl -n '__xmppctl_is import' -l store -x -a 'keychain file' -d 'where the passwords go'
complete -c xmppctl -n '__xmppctl_is import' -l replace -d 'also accounts that are known already'
complete -c xmppctl -n '__xmppctl_is import' -l dry-run -d 'show what would be imported, and change nothing'
complete -c xmppctl -n '__xmppctl_is doctor' -l warn-days -x -d 'exit status 1 when the certificate ends in fewer than N days'
complete -c xmppctl -n '__xmppctl_is doctor' -l cron -d 'look for the password as cron would, and show the line for crontab'
complete -c xmppctl -n '__xmppctl_is raw' -l wait -x -d 'go on printing what comes for that long after the last stanza'
complete -c xmppctl -n '__xmppctl_at completion 1' -a 'bash zsh fish'
complete -c xmppctl -n '__xmppctl_at help 1' -a 'send sendfile get listen history unread contacts info add accept deny remove block unblock register login logout passwd delete accounts import doctor services raw completion schema muc presence commands options credentials environment json cron exit-codes'
