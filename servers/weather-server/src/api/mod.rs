//! Weather from several providers in one shape: metric units, local time, null is never zero.

mod types;

pub(crate) use types::{
    AirIndex, AirQuality, Alert, Alerts, Current, Day, Found, Hour, Place, Pollutant, Source,
    Sourced, Wind,
};

use jiff::civil::Date;
use shared::{Check, Error, Result, http::Client};

use crate::config::Config;

/// Every weather question, answered by the best source there is.
#[derive(Clone)]
pub(crate) struct Weather {}

impl Weather {
    pub(crate) fn new(_config: &Config, _client: &Client) -> Self {
        Self {}
    }

    /// The most populous match for a name, `name, region, country`, postal code or `lat,lon`, and the other matches.
    pub(crate) async fn resolve(&self, _city: &str, _language: Option<&str>) -> Result<Found> {
        Err(Error::Internal)
    }

    /// At most `limit` (1..=20) places, most populous first.
    pub(crate) async fn search(
        &self,
        _query: &str,
        _limit: usize,
        _language: Option<&str>,
    ) -> Result<Vec<Place>> {
        Err(Error::Internal)
    }

    pub(crate) async fn current(
        &self,
        _place: &Place,
        _language: Option<&str>,
    ) -> Result<Sourced<Current>> {
        Err(Error::Internal)
    }

    /// `days` (1..=16) local calendar days from today.
    pub(crate) async fn daily(
        &self,
        _place: &Place,
        _days: usize,
        _language: Option<&str>,
    ) -> Result<Sourced<Vec<Day>>> {
        Err(Error::Internal)
    }

    /// `hours` (1..=48) steps from now.
    pub(crate) async fn hourly(
        &self,
        _place: &Place,
        _hours: usize,
        _language: Option<&str>,
    ) -> Result<Sourced<Vec<Hour>>> {
        Err(Error::Internal)
    }

    pub(crate) async fn air_quality(&self, _place: &Place) -> Result<Sourced<AirQuality>> {
        Err(Error::Internal)
    }

    pub(crate) async fn alerts(
        &self,
        _place: &Place,
        _language: Option<&str>,
    ) -> Result<Sourced<Alerts>> {
        Err(Error::Internal)
    }

    /// Daily rows, both ends included.
    pub(crate) async fn history(
        &self,
        _place: &Place,
        _start: Date,
        _end: Date,
    ) -> Result<Sourced<Vec<Day>>> {
        Err(Error::Internal)
    }

    /// For `doctor`: is each provider in use reachable, is the key accepted?
    pub(crate) async fn checks(&self) -> Vec<Check> {
        Vec::new()
    }
}
