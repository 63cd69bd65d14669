//! A server whose Replicate is an imitation, and what can be told of a conversation with it.

use std::{path::PathBuf, time::Duration};

use flux_server::{FluxServer, config::Config};
use image::ImageFormat;
use jiff::{SignedDuration, Timestamp};
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Value, json};
use shared::{Mcp, config::Env, http, http::Retry, settings::Settings};
use tempfile::TempDir;
use testkit::{Client, Era, connect, text, upstream};
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{method, path},
};

use crate::pictures;

pub(crate) const ID: &str = "hxvjgf8hmhrge0ckcmdbr6k0km";
pub(crate) const OTHER_ID: &str = "jd96x0dyqsrm00cj1jp90zeye0";
pub(crate) const VERSION: &str = "2f1eb45e847c8630c66e55520e5f91103ec821353910028a30ad746f35978107";
/// Like no other text, so that it is found wherever it leaks to.
pub(crate) const TOKEN: &str = "r8_sesame0f1e2d3c4b5a";
/// Where the default model is run.
pub(crate) const DEV: &str = "/v1/models/black-forest-labs/flux-dev/predictions";

/// A server that can be made, and the imitation of its provider.
pub(crate) struct World {
    pub(crate) provider: MockServer,
    pub(crate) home: TempDir,
    pub(crate) config: Config,
    pub(crate) settings: Settings,
    pub(crate) http: http::Client,
}

impl World {
    pub(crate) async fn new() -> Self {
        let http = http::Client::new(&Env::default(), &Settings::defaults());
        Self::with(http.unwrap()).await
    }

    /// Making connections takes longer than everything else; tables make them once.
    pub(crate) async fn with(http: http::Client) -> Self {
        let provider = MockServer::start().await;
        let home = TempDir::new().unwrap();
        let settings = Settings {
            output_dir: Some(home.path().join("out")),
            state_dir: Some(home.path().join("state")),
            poll_every: Some(Duration::from_millis(3)),
            ..Settings::defaults()
        };
        let mut world = Self {
            config: Config::from_env(&Env::default()).unwrap(),
            provider,
            home,
            settings,
            http,
        };
        let base = format!("{}/v1", world.provider.uri());
        world.configure(&[
            ("REPLICATE_API_TOKEN", TOKEN),
            ("REPLICATE_BASE_URL", &base),
        ]);
        world
    }

    /// These variables and no others.
    pub(crate) fn configure(&mut self, variables: &[(&str, &str)]) {
        let variables = variables.iter();
        let env =
            Env::default().with(variables.map(|(name, value)| (*name, Some((*value).into()))));
        self.config = Config::from_env(&env).unwrap();
        self.config.retry = Retry {
            first_delay: Duration::from_millis(1),
            longest_delay: Duration::from_millis(1),
            ..Retry::default()
        };
    }

    pub(crate) fn base(&self) -> String {
        format!("{}/v1", self.provider.uri())
    }

    /// A new server each time, with what earlier ones wrote.
    pub(crate) fn mcp(&self) -> Mcp<FluxServer> {
        let (env, settings) = (Env::default(), &self.settings);
        let server =
            FluxServer::with_config(self.config.clone(), self.http.clone(), &env, settings);
        Mcp::new(server.unwrap(), settings).unwrap()
    }

    pub(crate) async fn client(&self) -> Client {
        connect(&self.mcp(), Era::Discover2026).await
    }

    /// One call of a new server.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> CallToolResult {
        let result = self.client().await.call(tool, arguments).await;
        let everything = serde_json::to_string(&result).unwrap();
        assert!(!everything.contains(TOKEN), "{everything}");
        result
    }

    /// The text of a call that fails.
    pub(crate) async fn failure(&self, tool: &str, arguments: Value) -> String {
        failure(&self.call(tool, arguments).await)
    }

    /// The text of a call that goes well.
    pub(crate) async fn success(&self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments).await;
        assert_ne!(result.is_error, Some(true), "{}", text(&result));
        text(&result)
    }

    pub(crate) async fn gives(&self, verb: &str, route: &str, answer: impl Respond + 'static) {
        let mock = Mock::given(method(verb)).and(path(route));
        mock.respond_with(answer).mount(&self.provider).await;
    }

    /// What `POST` of the default model answers.
    pub(crate) async fn makes(&self, answer: impl Respond + 'static) {
        self.gives("POST", DEV, answer).await;
    }

    /// What asking for the prediction answers.
    pub(crate) async fn shows(&self, answer: impl Respond + 'static) {
        let route = format!("/v1/predictions/{ID}");
        self.gives("GET", &route, answer).await;
    }

    /// What the account's list holds.
    pub(crate) async fn lists(&self, predictions: Value) {
        let page = json!({"next": null, "previous": null, "results": predictions});
        self.gives("GET", "/v1/predictions", upstream::json(200, page))
            .await;
    }

    /// A file where Replicate delivers; its URL.
    pub(crate) async fn delivers(&self, name: &str, bytes: Vec<u8>, mime_type: &str) -> String {
        let answer = ResponseTemplate::new(200).set_body_raw(bytes, mime_type);
        self.gives("GET", &format!("/out/{name}"), answer).await;
        format!("{}/out/{name}", self.provider.uri())
    }

    /// A small picture, ready to be fetched.
    pub(crate) async fn picture(&self) -> String {
        let bytes = pictures::plain(ImageFormat::WebP);
        self.delivers("fox.webp", bytes, "image/webp").await
    }

    /// A model that makes one small picture at once.
    pub(crate) async fn runs(&self, model: &str) {
        let url = self.picture().await;
        let route = format!("/v1/models/{model}/predictions");
        self.gives("POST", &route, accepts("succeeded", json!(url)))
            .await;
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.home.path().join("out")
    }

    /// Every request in the order they came, without those about models.
    pub(crate) async fn asked(&self) -> Vec<String> {
        let requests = self.provider.received_requests().await.unwrap();
        let asked = requests
            .iter()
            .map(|request| format!("{} {}", request.method, request.url.path()));
        asked
            .filter(|asked| !asked.starts_with("GET /v1/models/"))
            .collect()
    }

    /// All that was sent to this route with `POST`.
    pub(crate) async fn posts(&self, route: &str) -> Vec<Request> {
        let requests = self.provider.received_requests().await.unwrap();
        let is_it = |request: &Request| request.method == "POST" && request.url.path() == route;
        requests.into_iter().filter(is_it).collect()
    }

    /// The only input that was submitted to this model.
    pub(crate) async fn input(&self, model: &str) -> Value {
        let posts = self.posts(&format!("/v1/models/{model}/predictions")).await;
        let [post] = posts.as_slice() else {
            panic!("{} submits", posts.len());
        };
        post.body_json::<Value>().unwrap()["input"].clone()
    }

    /// Without what differs between two runs.
    pub(crate) fn redacted(&self, text: &str) -> String {
        let home = self.home.path().display().to_string();
        let text = text.replace(&home, "[home]");
        timeless(&text.replace(&self.provider.uri(), "[replicate]"))
    }

    /// A result block by block, the content of pictures left out.
    pub(crate) fn outline(&self, result: &CallToolResult) -> String {
        assert_eq!(result.structured_content, None);
        let blocks: Vec<String> = result.content.iter().map(outline).collect();
        self.redacted(&blocks.join("\n"))
    }
}

fn outline(block: &ContentBlock) -> String {
    match block {
        ContentBlock::Text(text) => text.text.clone(),
        ContentBlock::Image(image) => format!("[picture {}]", image.mime_type),
        ContentBlock::Audio(audio) => format!("[sound {}]", audio.mime_type),
        ContentBlock::ResourceLink(link) => format!(
            "[link {} {} {:?} {:?} {:?}]",
            link.uri, link.name, link.title, link.mime_type, link.size
        ),
        other => format!("[{other:?}]"),
    }
}

/// The text of a failure, which has no structured content.
#[track_caller]
pub(crate) fn failure(result: &CallToolResult) -> String {
    assert_eq!(result.is_error, Some(true), "{}", text(result));
    assert_eq!(result.structured_content, None);
    text(result)
}

/// As Replicate tells it, a moment after it ended.
pub(crate) fn prediction(status: &str, output: Value) -> Value {
    let ended = ["succeeded", "failed", "canceled", "aborted"].contains(&status);
    let ago = |seconds| (Timestamp::now() - SignedDuration::from_secs(seconds)).to_string();
    json!({
        "id": ID,
        "model": "black-forest-labs/flux-dev",
        "version": "hidden",
        "input": {"prompt": "a red fox"},
        "output": output,
        "error": null,
        "logs": if ended { "Using seed: 27533\n" } else { "" },
        "status": status,
        "data_removed": false,
        "source": "api",
        "created_at": ago(4),
        "completed_at": ended.then(|| ago(1)),
        "metrics": if ended { json!({"predict_time": 2.13}) } else { json!({}) },
        "urls": {"web": format!("https://replicate.com/p/{ID}")},
    })
}

pub(crate) fn is(status: &str, output: Value) -> ResponseTemplate {
    upstream::json(200, prediction(status, output))
}

pub(crate) fn failed(error: &str) -> ResponseTemplate {
    let mut prediction = prediction("failed", Value::Null);
    prediction["error"] = error.into();
    upstream::json(201, prediction)
}

/// A submit, answered with the input and the model that were sent.
pub(crate) fn accepts(status: &'static str, output: Value) -> impl Respond {
    move |request: &Request| {
        let sent: Value = request.body_json().unwrap();
        let mut answer = prediction(status, output.clone());
        answer["input"] = sent["input"].clone();
        let path: Vec<&str> = request.url.path().split('/').collect();
        if let ["", "v1", "models", owner, name, "predictions"] = path.as_slice() {
            answer["model"] = format!("{owner}/{name}").into();
        } else {
            answer["model"] = "someone/thing".into();
        }
        upstream::json(201, answer)
    }
}

/// Times of day and dates as zeros, and how long things took left out.
pub(crate) fn timeless(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n', '"']);
    let words = words.map(|word| {
        let zeros = word
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c });
        let zeros: String = zeros.collect();
        let is_time = ["00:00", "0000-00-00"]
            .iter()
            .any(|shape| zeros.contains(shape));
        match (is_time, zeros.split_once('.')) {
            (true, Some((time, fraction))) => {
                format!("{time}{}", fraction.trim_start_matches('0'))
            }
            (true, None) => zeros,
            (false, _) => word.into(),
        }
    });
    let text = without(
        &words.collect::<String>(),
        " attempts in ",
        " s)",
        " attempts)",
    );
    let text = without(&text, " in about ", " s;", " soon;");
    without(&text, ", 5", " min left", ", 59 min left")
}

/// Each `start` up to the next `end` replaced.
fn without(text: &str, start: &str, end: &str, instead: &str) -> String {
    match text.split_once(start) {
        None => text.into(),
        Some((before, after)) => match after.split_once(end) {
            None => text.into(),
            Some((_, after)) => format!("{before}{instead}{}", without(after, start, end, instead)),
        },
    }
}
