# Varnish in front of tailwater, under a path of a site (TLS: hitch, or another proxy, before it).
# In tailwater.toml: server.public_url = "https://logs.example.com/logs/"
vcl 4.1;

backend tailwater {
  .host = "127.0.0.1";
  .port = "8245";
}

sub vcl_recv {
  if (req.url ~ "^/logs/") {
    set req.backend_hint = tailwater;
    set req.url = regsub(req.url, "^/logs/", "/");
    # Nothing of it is for a cache, and a pipe holds nothing back and swallows nothing for clients that stall.
    return (pipe);
  }
}

sub vcl_pipe {
  # One request a connection: the next one may be for somebody else.
  set bereq.http.Connection = "close";
  return (pipe);
}
