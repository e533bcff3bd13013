"""A web server that answers every request with one text. Standard library only, since it runs
under whatever python3 a namespace finds. Arguments: address, port, text."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Page(BaseHTTPRequestHandler):
    """The text, whatever was asked."""

    def do_GET(self) -> None:
        """RFC 9110 section 9.3.1."""
        body = sys.argv[3].encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Page).serve_forever()
