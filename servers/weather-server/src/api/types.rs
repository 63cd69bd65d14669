//! What every provider's answer is turned into: metric units, local time; `None` is "not reported", never zero.

use jiff::{
    civil::{Date, DateTime},
    tz::Offset,
};

/// A place on the map.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) name: String,
    /// State, province or the like.
    pub(crate) region: Option<String>,
    pub(crate) country: Option<String>,
    /// ISO 3166-1 alpha-2, upper case.
    pub(crate) country_code: Option<String>,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    /// IANA name.
    pub(crate) time_zone: Option<String>,
    pub(crate) population: Option<u64>,
}

/// What a name was taken to mean, and what else it could mean (at most four).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) place: Place,
    pub(crate) others: Vec<Place>,
}

/// Where facts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    OpenWeather,
    OpenWeatherOneCall,
    OpenMeteo,
    OpenMeteoArchive,
    NationalWeatherService,
}

impl Source {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OpenWeather => "OpenWeatherMap",
            Self::OpenWeatherOneCall => "OpenWeatherMap One Call",
            Self::OpenMeteo => "Open-Meteo",
            Self::OpenMeteoArchive => "Open-Meteo archive",
            Self::NationalWeatherService => "US National Weather Service",
        }
    }

    /// What the licence of the data wants to be shown beside them.
    pub(crate) fn attribution(self) -> &'static str {
        match self {
            Self::OpenWeather | Self::OpenWeatherOneCall => {
                "Weather data provided by OpenWeather (openweathermap.org, CC BY-SA 4.0)"
            }
            Self::OpenMeteo | Self::OpenMeteoArchive => {
                "Weather data by Open-Meteo.com (CC BY 4.0)"
            }
            Self::NationalWeatherService => "US National Weather Service (public domain)",
        }
    }
}

/// A value, its source, and what the reader must know about it ("OpenWeatherMap refused the key; ...").
#[derive(Debug, Clone)]
pub(crate) struct Sourced<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
    pub(crate) notes: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Wind {
    /// Metres per second.
    pub(crate) speed: Option<f64>,
    pub(crate) gust: Option<f64>,
    /// Where it blows from: degrees clockwise from north.
    pub(crate) from_degrees: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Current {
    /// Local time of the observation, and its distance from UTC.
    pub(crate) observed: DateTime,
    pub(crate) offset: Offset,
    pub(crate) time_zone: Option<String>,
    pub(crate) condition: Option<String>,
    /// Degrees Celsius.
    pub(crate) temperature: Option<f64>,
    pub(crate) feels_like: Option<f64>,
    pub(crate) humidity_percent: Option<f64>,
    pub(crate) wind: Wind,
    /// hPa at sea level.
    pub(crate) pressure: Option<f64>,
    /// Metres.
    pub(crate) visibility: Option<f64>,
    pub(crate) cloud_percent: Option<f64>,
    /// Millimetres in the last hour (OpenWeatherMap) or the last `precipitation_minutes`.
    pub(crate) precipitation: Option<f64>,
    pub(crate) precipitation_minutes: Option<u32>,
}

/// One local calendar day.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Day {
    pub(crate) date: Date,
    pub(crate) condition: Option<String>,
    pub(crate) temperature_min: Option<f64>,
    pub(crate) temperature_max: Option<f64>,
    /// Millimetres of water, rain and melted snow.
    pub(crate) precipitation: Option<f64>,
    pub(crate) precipitation_probability_percent: Option<f64>,
    /// The day's strongest.
    pub(crate) wind: Wind,
    pub(crate) humidity_percent: Option<f64>,
    /// Local time.
    pub(crate) sunrise: Option<DateTime>,
    pub(crate) sunset: Option<DateTime>,
    /// The source covers only some hours of this day.
    pub(crate) partial: bool,
    pub(crate) source: Source,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hour {
    /// Local time of the start, and its distance from UTC.
    pub(crate) time: DateTime,
    pub(crate) offset: Offset,
    /// 1, or 3 where the source has no finer steps.
    pub(crate) step_hours: u8,
    pub(crate) condition: Option<String>,
    pub(crate) temperature: Option<f64>,
    pub(crate) feels_like: Option<f64>,
    /// Millimetres of water, under the hour the source files them.
    pub(crate) precipitation: Option<f64>,
    pub(crate) precipitation_probability_percent: Option<f64>,
    pub(crate) wind: Wind,
    pub(crate) humidity_percent: Option<f64>,
    pub(crate) cloud_percent: Option<f64>,
    pub(crate) source: Source,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AirQuality {
    pub(crate) observed: DateTime,
    pub(crate) offset: Offset,
    pub(crate) indexes: Vec<AirIndex>,
    pub(crate) pollutants: Vec<Pollutant>,
}

/// An index means nothing without its scale: 2 is "Fair" on one and perfect on another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AirIndex {
    /// "OpenWeatherMap index 1..5", "European AQI", "US AQI".
    pub(crate) scale: &'static str,
    pub(crate) value: f64,
    pub(crate) level: &'static str,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pollutant {
    /// "PM2.5", "ozone", "birch pollen".
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    /// "µg/m³", "grains/m³".
    pub(crate) unit: &'static str,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Alerts {
    /// Asked a source that covers the place; empty means that there are none.
    Known(Vec<Alert>),
    /// Nobody to ask about this place, which is not "no alerts". Says why.
    NoSource(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alert {
    pub(crate) event: String,
    pub(crate) sender: Option<String>,
    pub(crate) severity: Option<String>,
    /// Local time where the source gives it, as ISO 8601 with offset.
    pub(crate) starts: Option<String>,
    pub(crate) ends: Option<String>,
    pub(crate) description: String,
}
