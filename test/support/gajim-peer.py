"""Gajim without its windows: its own Jingle, SOCKS5 and in-band code, given one JSON object a line.

    gajim-peer.py DIRECTORY JID HOST PORT      the password in GAJIM_PASSWORD, from stdin:
    {"receive": DIRECTORY}                     every file that is offered from now on is accepted
    {"send": FILE, "to": FULL_JID}             once Gajim knows what that client can do; in-band with "in_band": true

It prints {"online": JID}, {"received": PATH}, {"sent": PATH} and {"failed": WHAT}. DIRECTORY/cert_store has the
certificates to trust. It ends when stdin does.
"""
import json
import os
import sys
import time

import gi

for name, version in {'Gdk': '3.0', 'Gtk': '3.0', 'GtkSource': '4', 'PangoCairo': '1.0'}.items():
    gi.require_version(name, version)
from gi.repository import GLib

from gajim.common import app, configpaths, ged, logging_helpers

directory, jid, host, port = sys.argv[1:]
configpaths.set_separation(True)
configpaths.set_config_root(directory)
configpaths.init()
logging_helpers.init()

# Gajim reads its paths while these are imported.
from gajim.common import application
from gajim.common.file_props import FilesProp
from gajim.common.idle import Monitor
from gajim.common.jingle_content import contents
from gajim.common.jingle_ft import JingleFileTransfer
from gajim.gui_interface import Interface
from nbxmpp.const import ConnectionProtocol, ConnectionType
from nbxmpp.namespaces import Namespace
from nbxmpp.structs import IBBData

ACCOUNT = 'test'
inbox = None


def say(**what):
    print(json.dumps(what), flush=True)


class Windowless(Interface):
    """Gajim's own, with the window that lists the transfers and its dialogs left out."""

    class Transfers:
        def set_status(self, file_props, status):
            pass

    def __init__(self):
        super().__init__()
        self.instances['file_transfers'] = self.Transfers()

    @staticmethod
    def handle_event_file_error(title, message):
        say(failed=f'{title}: {message}')


class Offered(JingleFileTransfer):
    """COMPAT Gajim 1.7.3: what is offered to it is made without the file's properties, and cannot be."""

    def __init__(self, session, transport):
        super().__init__(session, FilesProp.getNewFileProp(ACCOUNT, session.sid), transport)


def same_file_prop(_class, account, sid, new=FilesProp.getNewFileProp):
    """COMPAT Gajim 1.7.3: it makes them a second time for the session of the same name; both have to be one."""
    return FilesProp.getFileProp(account, sid) or new(account, sid)


def on_offer(event):
    if inbox is None:
        return
    props = event.file_props
    props.file_name = os.path.join(inbox, os.path.basename(props.name))
    props.type_ = 'r'
    app.get_client(ACCOUNT).get_module('Bytestream').send_file_approval(props)


def on_end(event):
    props = event.file_props
    if event.name == 'file-completed':
        say(**{'received' if props.type_ == 'r' else 'sent': props.file_name})
    # The candidate that was tried and not chosen is an "error" too, of a transfer that goes on.
    elif event.name != 'file-error':
        say(failed=event.name)


def send(path, to, in_band):
    """As FileTransfersWindow does it. Called again by GLib until it returns False."""
    client = app.get_client(ACCOUNT)
    contact = client.get_module('Contacts').get_contact(to)
    if not contact.supports(Namespace.JINGLE_FILE_TRANSFER_5):
        return True
    if in_band:
        known = contact.supports
        contact.supports = lambda feature: feature != Namespace.JINGLE_BYTESTREAM and known(feature)
    props = FilesProp.getNewFileProp(ACCOUNT, sid=path)
    props.file_name = path
    props.name = os.path.basename(path)
    props.size = os.stat(path).st_size
    props.date = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(os.stat(path).st_mtime))
    props.desc = ''
    props.type_ = 's'
    props.sender = str(client.get_own_jid())
    props.receiver = to
    props.tt_account = ACCOUNT
    client.get_module('Jingle').start_file_transfer(to, props)
    return False


def on_line(source, _condition):
    global inbox
    line = source.readline()
    if line == '':
        loop.quit()
        return False
    order = json.loads(line)
    if 'receive' in order:
        inbox = order['receive']
    else:
        GLib.timeout_add(50, send, order['send'], order['to'], order.get('in_band', False))
    return True


contents[Namespace.JINGLE_FILE_TRANSFER_5] = lambda _description: Offered
FilesProp.getNewFileProp = classmethod(same_file_prop)
# COMPAT nbxmpp 4.2.2: it leaves out fields of what it reads in-band that have no default.
IBBData.__new__.__defaults__ = (None, None, None)
# Nothing but the test's server is asked, and nobody's keyboard is watched.
application.PluginRepository = lambda: None
Monitor.is_available = lambda: False

interface = Windowless()
core = application.CoreApplication()
core._init_core()
app.settings.set('use_keyring', False)
user, domain = jid.split('@')
where = (f'{host}:{port}', ConnectionProtocol.TCP, ConnectionType.START_TLS)
core.create_account(ACCOUNT, user, domain, os.environ['GAJIM_PASSWORD'], None, where)
# COMPAT Gajim 1.7.3: what comes in on its own port it takes for a file of no account, and never says that it has it.
app.settings.set_account_setting(ACCOUNT, 'ft_send_local_ips', False)
core.enable_account(ACCOUNT)
for name, handler in {
    'signed-in': lambda event: say(online=str(event.conn.get_own_jid())),
    'file-request-received': on_offer,
    'file-request-error': on_end,
    'file-completed': on_end,
    'file-error': on_end,
    'file-hash-error': on_end,
}.items():
    app.ged.register_event_handler(name, ged.CORE, handler)
GLib.timeout_add(50, interface.process_connections)
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, on_line)
loop = GLib.MainLoop()
loop.run()
