//! What several answers have in common: the place, the wind, the source, the order of the text.

use jiff::{civil::DateTime, tz::Offset};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::{
    api::{Found, Place, Source, Wind},
    config::Units,
    tools::units::{UnitNames, round, whole},
};

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct PlaceOutput {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) country: Option<String>,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time_zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) population: Option<u64>,
}

impl From<Place> for PlaceOutput {
    fn from(place: Place) -> Self {
        Self {
            name: place.name,
            region: place.region,
            country: place.country.or(place.country_code),
            latitude: round(place.latitude, 4),
            longitude: round(place.longitude, 4),
            time_zone: place.time_zone,
            population: place.population,
        }
    }
}

impl PlaceOutput {
    /// "Paris, Texas, United States"; a region called like its city is not repeated.
    pub(crate) fn label(&self) -> String {
        let region = self.region.as_deref().filter(|region| *region != self.name);
        let parts = [Some(self.name.as_str()), region, self.country.as_deref()];
        let parts: Vec<&str> = parts
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect();
        if parts.is_empty() {
            return "Unnamed place".into();
        }
        parts.join(", ")
    }

    /// "Paris, Texas, United States (33.66, -95.56)"
    fn short(&self) -> String {
        self.labelled(None)
    }

    /// "Oslo, Norway (59.91, 10.75; Europe/Oslo)"
    fn heading(&self) -> String {
        self.labelled(self.time_zone.as_deref())
    }

    fn labelled(&self, time_zone: Option<&str>) -> String {
        let label = self.label();
        // A place without a name is called by its coordinates.
        let is_point = label.split(", ").all(|part| part.parse::<f64>().is_ok());
        let point = format!("{}, {}", round(self.latitude, 2), round(self.longitude, 2));
        let details = [
            Some(point).filter(|_| !is_point),
            time_zone.map(str::to_owned),
        ];
        match joined(details, "; ") {
            Some(details) => format!("{label} ({details})"),
            None => label,
        }
    }
}

/// What the city of a call was taken to mean.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Resolved {
    pub(crate) place: PlaceOutput,
    /// Other places of this name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) alternatives: Vec<PlaceOutput>,
}

impl From<Found> for Resolved {
    fn from(found: Found) -> Self {
        Self {
            place: found.place.into(),
            alternatives: found.others.into_iter().map(PlaceOutput::from).collect(),
        }
    }
}

/// "Paris, Texas, United States (33.66, -95.56); ...", unless there are none.
pub(crate) fn others(alternatives: &[PlaceOutput]) -> Option<String> {
    let others: Vec<String> = alternatives.iter().map(PlaceOutput::short).collect();
    (!others.is_empty()).then(|| others.join("; "))
}

/// Who said it, and what the reader must know about that.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Origin {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attribution: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
}

impl Origin {
    /// Each source and note once, in the order they came.
    pub(crate) fn new(
        sources: impl IntoIterator<Item = Source>,
        notes: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut origin = Self::default();
        let (mut names, mut attributions) = (Vec::new(), Vec::new());
        for source in sources {
            push_new(&mut names, source.name());
            push_new(&mut attributions, source.attribution());
        }
        for note in notes {
            push_new(&mut origin.notes, note);
        }
        if !names.is_empty() {
            origin.source = Some(names.join(" and "));
            origin.attribution = Some(attributions.join("; "));
        }
        origin
    }

    pub(crate) fn note_lines(&self) -> impl Iterator<Item = String> {
        let notes = self.notes.iter();
        notes.map(|note| format!("Note: {}.", note.trim_end_matches('.')))
    }

    /// "Source: Open-Meteo. Weather data by Open-Meteo.com (CC BY 4.0)."
    pub(crate) fn source_line(&self) -> Option<String> {
        let (source, attribution) = (self.source.as_ref()?, self.attribution.as_ref()?);
        Some(format!("Source: {source}. {attribution}."))
    }
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// The text of an answer about one place: notes first, since they change how to read the rest.
pub(crate) fn page(resolved: &Resolved, body: Vec<String>, origin: &Origin) -> String {
    let mut lines: Vec<String> = origin.note_lines().collect();
    lines.push(resolved.place.heading());
    lines.extend(body);
    lines.extend(others(&resolved.alternatives).map(|others| format!("Also: {others}")));
    lines.extend(origin.source_line());
    lines.join("\n")
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct WindOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) speed: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gust: Option<f64>,
    /// Where it blows from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from_degrees: Option<i64>,
}

impl WindOutput {
    /// `None` when the source says nothing about wind.
    pub(crate) fn new(wind: Wind, units: Units) -> Option<Self> {
        (wind != Wind::default()).then(|| Self {
            speed: wind.speed.map(|speed| units.wind(speed)),
            gust: wind.gust.map(|gust| units.wind(gust)),
            from: wind.from_degrees.and_then(compass),
            from_degrees: wind.from_degrees.map(whole),
        })
    }

    /// "wind 3.1 m/s from south-west, gusts 6.9 m/s"
    pub(crate) fn text(&self, units: UnitNames) -> Option<String> {
        let unit = units.wind;
        let wind = match (self.speed, self.from) {
            (Some(speed), Some(from)) => Some(format!("wind {speed} {unit} from {from}")),
            (Some(speed), None) => Some(format!("wind {speed} {unit}")),
            (None, Some(from)) => Some(format!("wind from {from}")),
            (None, None) => None,
        };
        let gusts = self.gust.map(|gust| format!("gusts {gust} {unit}"));
        joined([wind, gusts], ", ")
    }
}

/// The nearest of 16 points.
fn compass(degrees: f64) -> Option<&'static str> {
    const POINTS: [&str; 16] = [
        "north",
        "north-north-east",
        "north-east",
        "east-north-east",
        "east",
        "east-south-east",
        "south-east",
        "south-south-east",
        "south",
        "south-south-west",
        "south-west",
        "west-south-west",
        "west",
        "west-north-west",
        "north-west",
        "north-north-west",
    ];
    let point = (degrees.rem_euclid(360.0) / 22.5).round() as usize;
    POINTS.get(point % POINTS.len()).copied()
}

/// A moment as the clocks at the place show it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LocalTime {
    pub(crate) time: DateTime,
    pub(crate) offset: Offset,
}

/// As RFC 3339, "2026-11-21T17:45:00+01:00".
impl Serialize for LocalTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.offset.to_timestamp(self.time) {
            Ok(moment) => serializer.collect_str(&moment.display_with_offset(self.offset)),
            Err(_) => serializer.collect_str(&self.time),
        }
    }
}

impl LocalTime {
    /// "Sat 21 Nov 2026, 17:45 local time (UTC+1)"
    pub(crate) fn text(self) -> String {
        let time = self.time.strftime("%a %-d %b %Y, %H:%M");
        format!("{time} local time ({})", self.utc())
    }

    /// "UTC", "UTC+1", "UTC-3:30"
    pub(crate) fn utc(self) -> String {
        let minutes = self.offset.seconds() / 60;
        if minutes == 0 {
            return "UTC".into();
        }
        let sign = if minutes < 0 { '-' } else { '+' };
        match (minutes.abs() / 60, minutes.abs() % 60) {
            (hours, 0) => format!("UTC{sign}{hours}"),
            (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
        }
    }
}

/// The parts that are there; `None` when nothing is.
pub(crate) fn joined<const N: usize>(
    parts: [Option<String>; N],
    separator: &str,
) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(separator))
}

/// "precipitation 2.3 mm (chance 80 %)"
pub(crate) fn precipitation_text(
    amount: Option<f64>,
    chance: Option<i64>,
    units: UnitNames,
) -> Option<String> {
    let unit = units.precipitation;
    match (amount, chance) {
        (Some(amount), Some(chance)) => {
            Some(format!("precipitation {amount} {unit} (chance {chance} %)"))
        }
        (Some(amount), None) => Some(format!("precipitation {amount} {unit}")),
        (None, Some(chance)) => Some(format!("chance of precipitation {chance} %")),
        (None, None) => None,
    }
}
