//! The replies of 2.5: current weather, three-hour slots, air pollution.

use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use shared::Result;

use super::{
    super::{
        AirIndex, AirQuality, Current, Day, Hour, Place, Pollutant, Source, Wind, conditions,
        daily::{self, Slot},
        local,
    },
    lacks,
};

/// Each pollutant as the provider writes it and as people do; all in µg/m³.
type Named = (&'static str, Option<f64>);

#[derive(Deserialize)]
pub(in super::super) struct Weather {
    id: Option<u16>,
    description: Option<String>,
}

/// The first entry is the one that matters most.
pub(in super::super) fn described(weather: Option<&Vec<Weather>>) -> Option<String> {
    let first = weather?.first()?;
    conditions::tidy(first.description.as_deref())
        .or_else(|| conditions::open_weather(first.id?).map(Into::into))
}

fn primary_id(weather: Option<&Vec<Weather>>) -> Option<u16> {
    weather?.first()?.id
}

/// The provider's probabilities go from 0 to 1.
pub(in super::super) fn percent(probability: Option<f64>) -> Option<f64> {
    probability.map(|probability| (probability * 1000.0).round() / 10.0)
}

/// Rain or snow in millimetres of water. Absent when dry.
#[derive(Deserialize)]
#[serde(untagged)]
pub(in super::super) enum Fallen {
    Amount(f64),
    Over {
        #[serde(rename = "1h")]
        one_hour: Option<f64>,
        #[serde(rename = "3h")]
        three_hours: Option<f64>,
    },
}

impl Fallen {
    /// Millimetres, and over how many minutes where the reply says so.
    fn read(&self) -> (f64, Option<u32>) {
        match self {
            Self::Amount(amount) => (*amount, None),
            Self::Over {
                one_hour: Some(amount),
                ..
            } => (*amount, Some(60)),
            Self::Over { three_hours, .. } => (three_hours.unwrap_or(0.0), Some(180)),
        }
    }

    pub(in super::super) fn sum(rain: Option<&Self>, snow: Option<&Self>) -> f64 {
        let fallen = [rain, snow].into_iter().flatten();
        fallen.map(|fallen| fallen.read().0).sum()
    }

    fn minutes(rain: Option<&Self>, snow: Option<&Self>) -> u32 {
        let mut fallen = [rain, snow].into_iter().flatten();
        fallen.find_map(|fallen| fallen.read().1).unwrap_or(60)
    }
}

#[derive(Deserialize)]
struct Main {
    temp: Option<f64>,
    feels_like: Option<f64>,
    temp_min: Option<f64>,
    temp_max: Option<f64>,
    pressure: Option<f64>,
    sea_level: Option<f64>,
    humidity: Option<f64>,
}

#[derive(Deserialize)]
struct Blowing {
    speed: Option<f64>,
    deg: Option<f64>,
    gust: Option<f64>,
}

fn wind(blowing: Option<&Blowing>) -> Wind {
    Wind {
        speed: blowing.and_then(|wind| wind.speed),
        gust: blowing.and_then(|wind| wind.gust),
        from_degrees: blowing.and_then(|wind| wind.deg),
    }
}

#[derive(Deserialize)]
struct Clouds {
    all: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct Now {
    weather: Option<Vec<Weather>>,
    main: Option<Main>,
    visibility: Option<f64>,
    wind: Option<Blowing>,
    rain: Option<Fallen>,
    snow: Option<Fallen>,
    clouds: Option<Clouds>,
    dt: i64,
    timezone: Option<i64>,
}

impl Now {
    pub(super) fn current(&self, place: &Place) -> Result<Current> {
        let main = self.main.as_ref().ok_or_else(|| lacks("main"))?;
        let at = Timestamp::from_second(self.dt).map_err(|_| lacks("dt"))?;
        let zone = local::zone(place.time_zone.as_deref(), self.timezone);
        let (rain, snow) = (self.rain.as_ref(), self.snow.as_ref());
        Ok(Current {
            observed: zone.to_datetime(at),
            offset: zone.to_offset(at),
            time_zone: place.time_zone.clone(),
            condition: described(self.weather.as_ref()),
            temperature: main.temp,
            feels_like: main.feels_like,
            humidity_percent: main.humidity,
            wind: wind(self.wind.as_ref()),
            pressure: main.sea_level.or(main.pressure),
            visibility: self.visibility,
            cloud_percent: self.clouds.as_ref().and_then(|clouds| clouds.all),
            precipitation: Some(Fallen::sum(rain, snow)),
            precipitation_minutes: Some(Fallen::minutes(rain, snow)),
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Forecast {
    list: Vec<Step>,
    city: Option<City>,
}

#[derive(Deserialize)]
struct City {
    timezone: Option<i64>,
    sunrise: Option<i64>,
    sunset: Option<i64>,
}

#[derive(Deserialize)]
struct Step {
    dt: i64,
    main: Option<Main>,
    weather: Option<Vec<Weather>>,
    clouds: Option<Clouds>,
    wind: Option<Blowing>,
    pop: Option<f64>,
    rain: Option<Fallen>,
    snow: Option<Fallen>,
    sys: Option<Sys>,
}

#[derive(Deserialize)]
struct Sys {
    pod: Option<String>,
}

impl Forecast {
    fn zone(&self, place: &Place) -> TimeZone {
        let offset = self.city.as_ref().and_then(|city| city.timezone);
        local::zone(place.time_zone.as_deref(), offset)
    }

    pub(super) fn days(&self, place: &Place, days: usize, now: Timestamp) -> Vec<Day> {
        let zone = self.zone(place);
        let slots: Vec<Slot> = self.list.iter().filter_map(Step::slot).collect();
        let mut days = daily::group(&slots, &zone, &local::dates(&zone, now, days));
        let sun = |stamp: fn(&City) -> Option<i64>| {
            local::time(&zone, self.city.as_ref().and_then(stamp)?)
        };
        let (sunrise, sunset) = (sun(|city| city.sunrise), sun(|city| city.sunset));
        // The reply has one sunrise and one sunset, those of its first day.
        for day in &mut days {
            day.sunrise = sunrise.filter(|time| time.date() == day.date);
            day.sunset = sunset.filter(|time| time.date() == day.date);
        }
        days
    }

    /// The slots that are not over yet.
    pub(super) fn steps(&self, place: &Place, now: Timestamp) -> Vec<Hour> {
        let zone = self.zone(place);
        let coming = |step: &&Step| step.dt + 3 * 3_600 > now.as_second();
        let steps = self.list.iter().filter(coming);
        steps.filter_map(|step| step.hour(&zone)).collect()
    }
}

impl Step {
    fn value(&self, value: fn(&Main) -> Option<f64>) -> Option<f64> {
        self.main.as_ref().and_then(value)
    }

    fn fallen(&self) -> f64 {
        Fallen::sum(self.rain.as_ref(), self.snow.as_ref())
    }

    fn slot(&self) -> Option<Slot> {
        Some(Slot {
            at: Timestamp::from_second(self.dt).ok()?,
            temperature_min: self.value(|main| main.temp_min.or(main.temp)),
            temperature_max: self.value(|main| main.temp_max.or(main.temp)),
            humidity_percent: self.value(|main| main.humidity),
            precipitation: self.fallen(),
            precipitation_probability_percent: percent(self.pop),
            wind: wind(self.wind.as_ref()),
            condition: described(self.weather.as_ref()),
            condition_id: primary_id(self.weather.as_ref()),
            daytime: self.sys.as_ref().and_then(|sys| sys.pod.as_deref()) == Some("d"),
        })
    }

    fn hour(&self, zone: &TimeZone) -> Option<Hour> {
        let at = Timestamp::from_second(self.dt).ok()?;
        Some(Hour {
            time: zone.to_datetime(at),
            offset: zone.to_offset(at),
            step_hours: 3,
            condition: described(self.weather.as_ref()),
            temperature: self.value(|main| main.temp),
            feels_like: self.value(|main| main.feels_like),
            precipitation: Some(self.fallen()),
            precipitation_probability_percent: percent(self.pop),
            wind: wind(self.wind.as_ref()),
            humidity_percent: self.value(|main| main.humidity),
            cloud_percent: self.clouds.as_ref().and_then(|clouds| clouds.all),
            source: Source::OpenWeather,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Air {
    list: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    dt: i64,
    main: Option<Index>,
    components: Option<Components>,
}

#[derive(Deserialize)]
struct Index {
    aqi: Option<f64>,
}

#[derive(Deserialize)]
struct Components {
    #[serde(rename = "pm2_5")]
    fine: Option<f64>,
    pm10: Option<f64>,
    o3: Option<f64>,
    no: Option<f64>,
    no2: Option<f64>,
    so2: Option<f64>,
    co: Option<f64>,
    nh3: Option<f64>,
}

impl Components {
    fn named(&self) -> [Named; 8] {
        [
            ("PM2.5", self.fine),
            ("PM10", self.pm10),
            ("ozone", self.o3),
            ("nitrogen dioxide", self.no2),
            ("nitrogen monoxide", self.no),
            ("sulfur dioxide", self.so2),
            ("carbon monoxide", self.co),
            ("ammonia", self.nh3),
        ]
    }
}

impl Air {
    pub(super) fn air_quality(&self, place: &Place) -> Result<AirQuality> {
        let sample = self.list.first().ok_or_else(|| lacks("list[0]"))?;
        let at = Timestamp::from_second(sample.dt).map_err(|_| lacks("list[0].dt"))?;
        let zone = local::zone(place.time_zone.as_deref(), None);
        let index = sample.main.as_ref().and_then(|main| main.aqi);
        let components = sample.components.iter().flat_map(Components::named);
        Ok(AirQuality {
            observed: zone.to_datetime(at),
            offset: zone.to_offset(at),
            indexes: index
                .and_then(|value| {
                    Some(AirIndex {
                        scale: "OpenWeatherMap index 1..5",
                        value,
                        level: level(value)?,
                    })
                })
                .into_iter()
                .collect(),
            pollutants: components
                .filter_map(|(name, value)| {
                    Some(Pollutant {
                        name,
                        value: value?,
                        unit: "µg/m³",
                    })
                })
                .collect(),
        })
    }
}

fn level(index: f64) -> Option<&'static str> {
    match index as i64 {
        1 => Some("good"),
        2 => Some("fair"),
        3 => Some("moderate"),
        4 => Some("poor"),
        5 => Some("very poor"),
        _ => None,
    }
}
