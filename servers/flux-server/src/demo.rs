//! A small imitation of Replicate: predictions with a life cycle, pictures drawn here, marked DEMO.

use shared::Demo;

pub(crate) fn demo() -> Demo {
    Demo {
        routes: axum::Router::new(),
        env: |base| {
            vec![
                ("REPLICATE_BASE_URL", Some(format!("{base}/v1"))),
                ("REPLICATE_API_TOKEN", Some("r8_demo".into())),
            ]
        },
    }
}
