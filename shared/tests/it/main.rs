#[cfg(test)]
mod serve_http;
