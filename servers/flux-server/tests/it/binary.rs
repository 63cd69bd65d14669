//! The built program over its real pipes.

use testkit::binary::Binary;

const PROGRAM: Binary = Binary {
    path: env!("CARGO_BIN_EXE_flux-server"),
    tool: "generate_image",
    arguments: r#"{"prompt": "a red fox"}"#,
    base_urls: &["REPLICATE_BASE_URL"],
    key: "REPLICATE_API_TOKEN",
};

testkit::program_keeps_its_promises!(PROGRAM);
