//! How one prediction lives: queued, running with a log that grows, then ended. Everything follows from the time
//! since it was created.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    iso,
    models::{Known, Makes},
};

/// How long the parts of a life take, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) starting: i64,
    pub(super) processing: i64,
    /// The output is there and the status does not say so yet; it is like that at Replicate.
    pub(super) settling: i64,
}

/// One prediction.
#[derive(Debug, Clone)]
pub(super) struct Prediction {
    pub(super) id: String,
    pub(super) model: &'static Known,
    pub(super) input: Map<String, Value>,
    /// Of the request, to bound what is remembered.
    pub(super) bytes: usize,
    /// Given, or drawn.
    pub(super) seed: u64,
    pub(super) pace: Pace,
    pub(super) created_ms: i64,
    pub(super) deadline_ms: Option<i64>,
    pub(super) canceled_ms: Option<i64>,
}

/// Where a prediction is at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Stage {
    Starting,
    /// How much of the work is done, 0.0..1.0.
    Processing(f64),
    /// Done, still called `processing`.
    Settling,
    Succeeded,
    Failed,
    Canceled(i64),
    Aborted(i64),
}

/// Outputs are gone an hour after the end.
const KEPT_MS: i64 = 60 * 60 * 1000;
const FLAGGED: &str = "The input or output was flagged as sensitive. Please try again with different inputs. (E005) (uIJ6l3ruRD)";

impl Pace {
    pub(super) const LIFELIKE: Self = Self {
        starting: 300,
        processing: 1_200,
        settling: 100,
    };

    /// Somebody who asks for it slowly gets it slowly, to see what happens then.
    pub(super) fn of(self, prompt: &str) -> Self {
        match has_word(prompt, "slowly") {
            true => Self {
                processing: self.processing * 50,
                ..self
            },
            false => self,
        }
    }
}

impl Prediction {
    pub(super) fn stage(&self, now_ms: i64) -> Stage {
        let starts = self.created_ms + self.pace.starting;
        let ready = self.ready_ms();
        let stop = [self.canceled_ms, self.deadline_ms].into_iter().flatten();
        match stop.min() {
            Some(stop) if stop <= now_ms && stop < ready => {
                return match Some(stop) == self.deadline_ms && stop < starts {
                    true => Stage::Aborted(stop),
                    false => Stage::Canceled(stop),
                };
            }
            _ => {}
        }
        match now_ms {
            now if now < starts => Stage::Starting,
            now if now < ready => {
                Stage::Processing((now - starts) as f64 / self.pace.processing as f64)
            }
            _ if has_word(self.prompt(), "forbidden") => Stage::Failed,
            now if now < ready + self.pace.settling => Stage::Settling,
            _ => Stage::Succeeded,
        }
    }

    /// How long until there is something to answer with.
    pub(super) fn wait(&self, now_ms: i64) -> Duration {
        let left = match self.stage(now_ms) {
            Stage::Starting | Stage::Processing(_) => self.ready_ms() - now_ms,
            _ => 0,
        };
        Duration::from_millis(left.try_into().unwrap_or(0))
    }

    /// Ended, and long enough ago that its data is gone.
    pub(super) fn is_removed(&self, now_ms: i64) -> bool {
        match self.end_ms(self.stage(now_ms)) {
            Some(end) => now_ms - end >= KEPT_MS,
            None => false,
        }
    }

    pub(super) fn has_output(&self, now_ms: i64) -> bool {
        let stage = self.stage(now_ms);
        matches!(stage, Stage::Settling | Stage::Succeeded) && !self.is_removed(now_ms)
    }

    /// The prompt; speech models call it text.
    pub(super) fn prompt(&self) -> &str {
        let text = self.input.get("prompt").or_else(|| self.input.get("text"));
        text.and_then(Value::as_str).unwrap_or_default()
    }

    /// The ending of its files.
    pub(super) fn extension(&self) -> &str {
        match self.model.makes {
            Makes::Sound => "wav",
            _ => self.setting("output_format").unwrap_or("webp"),
        }
    }

    /// What the input says, or the model's default.
    pub(super) fn setting(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_str)
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.value(name).and_then(Value::as_u64)
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let given = self.input.get(name);
        given.or_else(|| self.model.default_of(name))
    }

    /// How many outputs were asked for, and how many there are.
    pub(super) fn counts(&self) -> (u64, u64) {
        let asked = self.number("num_outputs").unwrap_or(1);
        match asked > 1 && has_word(self.prompt(), "partly") {
            true => (asked, asked - 1),
            false => (asked, asked),
        }
    }

    /// The prediction as Replicate shows it at this moment.
    pub(super) fn body(&self, now_ms: i64, origin: &str) -> Value {
        let stage = self.stage(now_ms);
        let is_removed = self.is_removed(now_ms);
        let output = match stage {
            _ if self.has_output(now_ms) => self.output(origin),
            Stage::Processing(share) if self.model.makes == Makes::Text => self.chunks(share),
            _ => Value::Null,
        };
        let error = match stage {
            Stage::Failed => json!(FLAGGED),
            _ => Value::Null,
        };
        let mut body = json!({
            "id": self.id,
            "model": self.model.full_name(),
            "version": self.model.shown_version(),
            "input": if is_removed { json!({}) } else { json!(self.input) },
            "logs": if is_removed { String::new() } else { self.logs(stage) },
            "output": output,
            "data_removed": is_removed,
            "error": error,
            "status": stage.word(),
            "source": "api",
            "created_at": iso(self.created_ms),
            "urls": {
                "get": format!("{origin}/v1/predictions/{}", self.id),
                "cancel": format!("{origin}/v1/predictions/{}/cancel", self.id),
                "web": format!("https://replicate.com/p/{}", self.id),
            },
        });
        self.add_times(&mut body, stage);
        body
    }

    /// Absent until they are known.
    fn add_times(&self, body: &mut Value, stage: Stage) {
        let Some(body) = body.as_object_mut() else {
            return;
        };
        let starts = self.created_ms + self.pace.starting;
        if !matches!(stage, Stage::Starting | Stage::Aborted(_)) {
            body.insert("started_at".into(), iso(starts).into());
        }
        if let Some(deadline) = self.deadline_ms {
            body.insert("deadline".into(), iso(deadline).into());
        }
        let Some(end) = self.end_ms(stage) else {
            return;
        };
        body.insert("completed_at".into(), iso(end).into());
        let seconds = |from: i64| (end - from).max(0) as f64 / 1000.0;
        let mut metrics =
            json!({"predict_time": seconds(starts), "total_time": seconds(self.created_ms)});
        if let (Stage::Succeeded, Makes::Pictures | Makes::Picture, Some(metrics)) =
            (stage, self.model.makes, metrics.as_object_mut())
        {
            metrics.insert("image_count".into(), self.counts().1.into());
        }
        body.insert("metrics".into(), metrics);
    }

    fn ready_ms(&self) -> i64 {
        self.created_ms + self.pace.starting + self.pace.processing
    }

    fn end_ms(&self, stage: Stage) -> Option<i64> {
        match stage {
            Stage::Starting | Stage::Processing(_) | Stage::Settling => None,
            Stage::Succeeded => Some(self.ready_ms() + self.pace.settling),
            Stage::Failed => Some(self.ready_ms()),
            Stage::Canceled(at) | Stage::Aborted(at) => Some(at),
        }
    }

    fn output(&self, origin: &str) -> Value {
        let url = |number| {
            let (id, extension) = (&self.id, self.extension());
            format!("{origin}/delivery/{id}/out-{number}.{extension}")
        };
        match self.model.makes {
            Makes::Pictures => (0..self.counts().1).map(url).collect(),
            Makes::Picture | Makes::Sound => url(0).into(),
            Makes::Text => self.chunks(1.0),
        }
    }

    /// Text grows while the model writes; `share` of it is there.
    fn chunks(&self, share: f64) -> Value {
        let text = format!(
            "DEMO: this sentence was made up without any model. You asked: {}",
            self.prompt()
        );
        let chunks: Vec<&str> = text.split_inclusive(' ').collect();
        let written = (chunks.len() as f64 * share) as usize;
        chunks.into_iter().take(written).collect()
    }

    fn logs(&self, stage: Stage) -> String {
        let share = match stage {
            Stage::Starting | Stage::Canceled(_) | Stage::Aborted(_) => return String::new(),
            Stage::Processing(share) => share,
            Stage::Settling | Stage::Succeeded | Stage::Failed => 1.0,
        };
        match self.model.makes {
            Makes::Text | Makes::Sound => return "DEMO\n".into(),
            Makes::Pictures | Makes::Picture => {}
        }
        let steps = self.number("num_inference_steps").unwrap_or(28);
        let done = (share * steps as f64) as u64;
        let seconds = self.pace.processing as f64 / 1000.0;
        let mut logs = format!("Using seed: {}\n", self.seed);
        for step in 0..=done {
            logs.push_str(&progress_line(step, steps, seconds));
        }
        if matches!(stage, Stage::Settling | Stage::Succeeded) {
            let (asked, made) = self.counts();
            logs.push_str(&format!("Total safe images: {made} out of {asked}\n"));
        }
        logs
    }
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Processing(_) | Self::Settling => "processing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled(_) => "canceled",
            Self::Aborted(_) => "aborted",
        }
    }
}

/// ` 43%|####3     | 12/28 [00:00<00:00, 14.20it/s]`
fn progress_line(step: u64, steps: u64, seconds: f64) -> String {
    let tenths = step * 100 / steps.max(1);
    let mut bar = "#".repeat((tenths / 10) as usize);
    if !tenths.is_multiple_of(10) {
        bar.push_str(&(tenths % 10).to_string());
    }
    let clock = |seconds: f64| format!("{:02}:{:02}", seconds as u64 / 60, seconds as u64 % 60);
    let spent = seconds * step as f64 / steps.max(1) as f64;
    let (left, rate) = match step {
        0 => ("?".into(), "?".into()),
        _ => {
            let rate = step as f64 / spent.max(0.001);
            (clock(seconds - spent), format!("{rate:.2}"))
        }
    };
    format!(
        "{tenths:3}%|{bar:10}| {step}/{steps} [{}<{left}, {rate}it/s]\n",
        clock(spent)
    )
}

pub(super) fn has_word(text: &str, word: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.any(|one| one.eq_ignore_ascii_case(word))
}
