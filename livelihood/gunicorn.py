"""How gunicorn serves the site: ``gunicorn --config livelihood/gunicorn.py``."""

import os

wsgi_app = "livelihood.wsgi"
bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WORKERS", "2"))
loglevel = "warning"
# gunicorn's remote control writes a socket into the home of whoever serves; nobody uses it.
control_socket_disable = True


def when_ready(server):
    """Say where the site is, only once it is there."""
    print(f"\nhttp://{bind}/  (Ctrl+C stops the server)", flush=True)
