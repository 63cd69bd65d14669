mod serve_http;
