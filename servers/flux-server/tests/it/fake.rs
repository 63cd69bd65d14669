//! Replicate on a port of this machine, where predictions finish when the test says so.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use image::{ImageFormat, RgbImage};
use jiff::Timestamp;
use serde_json::{Value, json};
use testkit::within;
use tokio::{
    net::TcpListener,
    sync::mpsc::{Receiver, Sender, channel},
    task::JoinHandle,
};

/// More than any test makes happen.
const EVENTS: usize = 4_096;
pub(crate) const SIDE: u32 = 24;

/// What the provider does with a submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Answers that it has begun.
    Begins,
    /// Answers with the picture.
    Finishes,
    /// Takes it, and never answers.
    IsSilent,
    /// Loses it, and never answers.
    Loses,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Created(String),
    /// A look at one prediction.
    Asked(String),
    Cancelled(String),
}

/// Ends when it is dropped.
pub(crate) struct Fake {
    pub(crate) url: String,
    desk: Desk,
    events: Receiver<Event>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Desk {
    url: String,
    manner: Manner,
    book: Arc<Mutex<Book>>,
    events: Sender<Event>,
}

#[derive(Default)]
struct Book {
    /// The newest last.
    predictions: Vec<Value>,
    creates: usize,
    cancels: usize,
}

impl Fake {
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, events) = channel(EVENTS);
        let desk = Desk {
            url: url.clone(),
            manner,
            book: Arc::default(),
            events: sender,
        };
        let routes = desk.clone().routes();
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self {
            url,
            desk,
            events,
            task,
        }
    }

    /// The id of the next prediction.
    pub(crate) async fn created(&mut self) -> String {
        loop {
            if let Event::Created(id) = self.next().await {
                return id;
            }
        }
    }

    /// Once somebody does this, whatever else happens before.
    pub(crate) async fn until(&mut self, event: Event) {
        while self.next().await != event {}
    }

    pub(crate) fn finish(&self, id: &str) {
        let url = self.desk.url.clone();
        let mut book = self.desk.book();
        let prediction = book.find(id).unwrap();
        finish(prediction, &url);
    }

    /// How many submits came.
    pub(crate) fn creates(&self) -> usize {
        self.desk.book().creates
    }

    pub(crate) fn cancels(&self) -> usize {
        self.desk.book().cancels
    }

    async fn next(&mut self) -> Event {
        within(self.events.recv()).await.unwrap()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Desk {
    fn routes(self) -> Router {
        Router::new()
            .route("/v1/models/{owner}/{name}/predictions", post(create))
            .route("/v1/predictions", get(list))
            .route("/v1/predictions/{id}", get(read))
            .route("/v1/predictions/{id}/cancel", post(cancel))
            .route("/v1/account", get(account))
            .route("/picture/{name}", get(picture))
            .fallback(unknown)
            .with_state(self)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    fn tell(&self, event: Event) {
        self.events.try_send(event).unwrap();
    }

    /// Write a new prediction down, if the manner is to.
    fn take(&self, model: String, body: &Value) -> Value {
        let mut book = self.book();
        book.creates += 1;
        let mut prediction = json!({
            "id": format!("fake{:022}", book.creates),
            "model": model,
            "version": "hidden",
            "input": body["input"],
            "output": null,
            "error": null,
            "logs": "",
            "status": "starting",
            "created_at": Timestamp::now().to_string(),
        });
        if self.manner == Manner::Finishes {
            finish(&mut prediction, &self.url);
        }
        if self.manner != Manner::Loses {
            book.predictions.push(prediction.clone());
        }
        prediction
    }
}

impl Book {
    fn find(&mut self, id: &str) -> Option<&mut Value> {
        self.predictions.iter_mut().find(|it| it["id"] == id)
    }
}

fn finish(prediction: &mut Value, url: &str) {
    prediction["status"] = "succeeded".into();
    prediction["completed_at"] = Timestamp::now().to_string().into();
    let id = prediction["id"].as_str().unwrap();
    prediction["output"] = json!([format!("{url}/picture/{id}.png")]);
}

async fn create(
    State(desk): State<Desk>,
    Path((owner, name)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Response {
    let prediction = desk.take(format!("{owner}/{name}"), &body);
    desk.tell(Event::Created(text(&prediction["id"])));
    match desk.manner {
        Manner::Begins | Manner::Finishes => {
            (StatusCode::CREATED, Json(prediction)).into_response()
        }
        Manner::IsSilent | Manner::Loses => std::future::pending().await,
    }
}

async fn read(State(desk): State<Desk>, Path(id): Path<String>) -> Response {
    desk.tell(Event::Asked(id.clone()));
    match desk.book().find(&id) {
        Some(prediction) => Json(prediction.clone()).into_response(),
        None => not_found(),
    }
}

async fn cancel(State(desk): State<Desk>, Path(id): Path<String>) -> Response {
    desk.tell(Event::Cancelled(id.clone()));
    let mut book = desk.book();
    book.cancels += 1;
    match book.find(&id) {
        Some(prediction) => {
            prediction["status"] = "canceled".into();
            Json(prediction.clone()).into_response()
        }
        None => not_found(),
    }
}

async fn list(State(desk): State<Desk>) -> Response {
    let newest_first: Vec<Value> = desk.book().predictions.iter().rev().cloned().collect();
    Json(json!({"previous": null, "next": null, "results": newest_first})).into_response()
}

async fn account() -> Json<Value> {
    Json(json!({"type": "user", "username": "somebody", "name": "Some Body"}))
}

async fn picture() -> Response {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = RgbImage::from_pixel(SIDE, SIDE, image::Rgb([200, 80, 20]));
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    ([(CONTENT_TYPE, "image/png")], bytes.into_inner()).into_response()
}

/// Also every model: what it takes is then known from the built-in table.
async fn unknown() -> Response {
    not_found()
}

fn not_found() -> Response {
    let body = json!({"detail": "The requested resource could not be found.", "status": 404});
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
