//! The reply of `/v1/air-quality`.

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::Result;

use super::{
    super::{AirIndex, AirQuality, Pollutant, local},
    lacks,
    reply::Stamp,
};

pub(super) const CURRENT: &str = "european_aqi,us_aqi,pm2_5,pm10,ozone,nitrogen_dioxide,sulphur_dioxide,carbon_monoxide,ammonia,dust,alder_pollen,birch_pollen,grass_pollen,mugwort_pollen,olive_pollen,ragweed_pollen";

/// Variable and its name in words. Pollen is forecast for Europe in its season, else null.
const POLLUTANTS: [(&str, &str); 14] = [
    ("pm2_5", "PM2.5"),
    ("pm10", "PM10"),
    ("ozone", "ozone"),
    ("nitrogen_dioxide", "nitrogen dioxide"),
    ("sulphur_dioxide", "sulfur dioxide"),
    ("carbon_monoxide", "carbon monoxide"),
    ("ammonia", "ammonia"),
    ("dust", "dust"),
    ("alder_pollen", "alder pollen"),
    ("birch_pollen", "birch pollen"),
    ("grass_pollen", "grass pollen"),
    ("mugwort_pollen", "mugwort pollen"),
    ("olive_pollen", "olive pollen"),
    ("ragweed_pollen", "ragweed pollen"),
];

#[derive(Deserialize)]
pub(super) struct Reply {
    utc_offset_seconds: Option<i64>,
    timezone: Option<String>,
    current: Option<Now>,
    #[serde(default)]
    current_units: Map<String, Value>,
}

#[derive(Deserialize)]
struct Now {
    time: Stamp,
    #[serde(flatten)]
    values: Map<String, Value>,
}

impl Reply {
    pub(super) fn air_quality(&self) -> Result<AirQuality> {
        let now = self.current.as_ref().ok_or_else(|| lacks("current"))?;
        let at = now.time.instant(local::offset(self.utc_offset_seconds));
        let at = at.ok_or_else(|| lacks("current.time"))?;
        let zone: TimeZone = local::zone(self.timezone.as_deref(), self.utc_offset_seconds);
        let value = |variable: &str| now.values.get(variable).and_then(Value::as_f64);
        let indexes = [
            (
                "European AQI",
                value("european_aqi"),
                european as fn(f64) -> _,
            ),
            ("US AQI", value("us_aqi"), american),
        ];
        Ok(AirQuality {
            observed: zone.to_datetime(at),
            offset: zone.to_offset(at),
            indexes: indexes
                .into_iter()
                .filter_map(|(scale, value, level)| {
                    value.map(|value| AirIndex {
                        scale,
                        value,
                        level: level(value),
                    })
                })
                .collect(),
            pollutants: POLLUTANTS
                .into_iter()
                .filter_map(|(variable, name)| {
                    Some(Pollutant {
                        name,
                        value: value(variable)?,
                        unit: self.unit(variable)?,
                    })
                })
                .collect(),
        })
    }

    /// The provider writes the Greek letter mu. A unit that is not one of its documented two says that something
    /// else was measured, so the value is left out.
    fn unit(&self, variable: &str) -> Option<&'static str> {
        match self.current_units.get(variable)?.as_str()? {
            "μg/m³" | "µg/m³" => Some("µg/m³"),
            "grains/m³" => Some("grains/m³"),
            _ => None,
        }
    }
}

fn european(value: f64) -> &'static str {
    match value {
        ..=20.0 => "good",
        ..=40.0 => "fair",
        ..=60.0 => "moderate",
        ..=80.0 => "poor",
        ..=100.0 => "very poor",
        _ => "extremely poor",
    }
}

fn american(value: f64) -> &'static str {
    match value {
        ..=50.0 => "good",
        ..=100.0 => "moderate",
        ..=150.0 => "unhealthy for sensitive groups",
        ..=200.0 => "unhealthy",
        ..=300.0 => "very unhealthy",
        _ => "hazardous",
    }
}
