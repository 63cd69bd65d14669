//! What a model reads, from answers of the api made by hand.

mod compare;
mod current;
mod dates;
mod forecast;
mod listed;
mod others;
mod output;

use jiff::{
    civil::{Date, DateTime, date},
    tz::Offset,
};
use serde::Serialize;
use serde_json::Value;
use shared::{Mcp, Server as _, config::Env, settings::Settings};

use crate::{
    WeatherServer,
    api::{Current, Day, Found, Hour, Place, Source, Sourced, Wind},
};

fn server() -> Mcp<WeatherServer> {
    let settings = Settings::defaults();
    let server = WeatherServer::new(&Env::default(), &settings).unwrap();
    Mcp::new(server, &settings).unwrap()
}

fn place(name: &str, region: Option<&str>, country: &str, at: (f64, f64)) -> Place {
    Place {
        name: name.into(),
        region: region.map(str::to_owned),
        country: Some(country.into()),
        country_code: None,
        latitude: at.0,
        longitude: at.1,
        time_zone: None,
        population: None,
    }
}

/// A name with one meaning.
fn oslo() -> Found {
    let mut place = place("Oslo", Some("Oslo"), "Norway", (59.91273, 10.74609));
    place.time_zone = Some("Europe/Oslo".into());
    place.population = Some(580_000);
    Found {
        place,
        others: Vec::new(),
    }
}

/// A name with several.
fn paris() -> Found {
    let mut paris = place("Paris", Some("Île-de-France"), "France", (48.85341, 2.3488));
    paris.time_zone = Some("Europe/Paris".into());
    let texas = place(
        "Paris",
        Some("Texas"),
        "United States",
        (33.66094, -95.55551),
    );
    let ontario = place("Paris", Some("Ontario"), "Canada", (43.2, -80.38333));
    Found {
        place: paris,
        others: vec![texas, ontario],
    }
}

fn sourced<T>(value: T) -> Sourced<T> {
    Sourced {
        value,
        source: Source::OpenMeteo,
        notes: Vec::new(),
    }
}

fn wind(speed: f64, gust: f64, from_degrees: f64) -> Wind {
    Wind {
        speed: Some(speed),
        gust: Some(gust),
        from_degrees: Some(from_degrees),
    }
}

fn time(hour: i8, minute: i8) -> DateTime {
    date(2026, 11, 21).at(hour, minute, 0, 0)
}

fn current() -> Current {
    Current {
        observed: time(17, 45),
        offset: Offset::constant(1),
        time_zone: Some("Europe/Oslo".into()),
        condition: Some("overcast".into()),
        temperature: Some(3.42),
        feels_like: Some(0.18),
        humidity_percent: Some(87.0),
        wind: wind(3.08, 6.9, 225.0),
        pressure: Some(1013.24),
        visibility: Some(24_140.0),
        cloud_percent: Some(100.0),
        precipitation: Some(0.24),
        precipitation_minutes: Some(15),
    }
}

/// The place and the time, and nothing else.
fn silent_current() -> Current {
    Current {
        time_zone: None,
        condition: None,
        temperature: None,
        feels_like: None,
        humidity_percent: None,
        wind: Wind::default(),
        pressure: None,
        visibility: None,
        cloud_percent: None,
        precipitation: None,
        precipitation_minutes: None,
        ..current()
    }
}

fn day(date: Date) -> Day {
    Day {
        date,
        condition: Some("light rain".into()),
        temperature_min: Some(1.24),
        temperature_max: Some(4.5),
        precipitation: Some(2.31),
        precipitation_probability_percent: Some(80.0),
        wind: wind(5.12, 9.0, 250.0),
        humidity_percent: Some(86.6),
        sunrise: Some(date.at(8, 21, 0, 0)),
        sunset: Some(date.at(15, 37, 0, 0)),
        partial: false,
        source: Source::OpenMeteo,
    }
}

fn silent_day(date: Date) -> Day {
    Day {
        condition: None,
        temperature_min: None,
        temperature_max: None,
        precipitation: None,
        precipitation_probability_percent: None,
        wind: Wind::default(),
        humidity_percent: None,
        sunrise: None,
        sunset: None,
        ..day(date)
    }
}

fn hour(time: DateTime) -> Hour {
    Hour {
        time,
        offset: Offset::constant(1),
        step_hours: 1,
        condition: Some("drizzle".into()),
        temperature: Some(3.44),
        feels_like: Some(0.2),
        precipitation: Some(0.0),
        precipitation_probability_percent: Some(40.0),
        wind: wind(3.1, 6.2, 200.0),
        humidity_percent: Some(90.0),
        cloud_percent: Some(75.0),
        source: Source::OpenMeteo,
    }
}

/// The structured content, checked against the schema that the tool publishes.
fn structured(tool: &str, output: &impl Serialize) -> Value {
    let tools = server().tools();
    let tool = tools.iter().find(|known| known.name == tool).unwrap();
    let schema = tool.output_schema.as_ref().unwrap();
    let schema = Value::Object((**schema).clone());
    let value = serde_json::to_value(output).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    value
}
