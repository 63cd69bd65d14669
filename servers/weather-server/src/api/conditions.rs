//! Weather codes in words.

use shared::text;

/// WMO code 4677 as Open-Meteo uses it.
pub(super) fn wmo(code: f64) -> Option<&'static str> {
    // Codes are small whole numbers; anything else matches nothing.
    let words = match code as i64 {
        0 => "clear sky",
        1 => "mainly clear",
        2 => "partly cloudy",
        3 => "overcast",
        45 => "fog",
        48 => "rime fog",
        51 => "light drizzle",
        53 => "drizzle",
        55 => "dense drizzle",
        56 => "light freezing drizzle",
        57 => "freezing drizzle",
        61 => "light rain",
        63 => "rain",
        65 => "heavy rain",
        66 => "light freezing rain",
        67 => "freezing rain",
        71 => "light snow",
        73 => "snow",
        75 => "heavy snow",
        77 => "snow grains",
        80 => "light rain showers",
        81 => "rain showers",
        82 => "violent rain showers",
        85 => "light snow showers",
        86 => "heavy snow showers",
        95 => "thunderstorm",
        96 => "thunderstorm with light hail",
        99 => "thunderstorm with heavy hail",
        _ => return None,
    };
    Some(words)
}

/// OpenWeatherMap's id, for replies that bring no description.
pub(super) fn open_weather(id: u16) -> Option<&'static str> {
    let words = match id {
        200..=299 => "thunderstorm",
        300..=399 => "drizzle",
        511 => "freezing rain",
        520..=531 => "rain showers",
        500..=599 => "rain",
        611..=616 => "sleet",
        620..=622 => "snow showers",
        600..=699 => "snow",
        701 => "mist",
        711 => "smoke",
        721 => "haze",
        741 => "fog",
        731 | 751 | 761 => "dust",
        762 => "volcanic ash",
        771 => "squalls",
        781 => "tornado",
        800 => "clear sky",
        801 => "few clouds",
        802 => "scattered clouds",
        803 => "broken clouds",
        804 => "overcast clouds",
        _ => return None,
    };
    Some(words)
}

/// How much an OpenWeatherMap id matters to somebody who goes out; the order within a group is the provider's.
pub(super) fn severity(id: u16) -> u16 {
    match id {
        762 | 771 | 781 => 700 + id % 100,
        200..=299 => 600 + id % 100,
        511 => 599,
        600..=699 => 500 + id % 100,
        500..=599 => 400 + id % 100,
        300..=399 => 300 + id % 100,
        700..=799 => 200 + id % 100,
        800..=899 => 100 + id % 100,
        _ => 0,
    }
}

/// Words of a provider, without what could hide in them; `None` when nothing is left.
pub(super) fn tidy(words: Option<&str>) -> Option<String> {
    let words = text::clean(words?);
    let words = words.trim();
    (!words.is_empty()).then(|| words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_code_has_no_words() {
        assert_eq!(wmo(3.0), Some("overcast"));
        assert_eq!(wmo(42.0), None);
        assert_eq!(open_weather(999), None);
    }

    #[test]
    fn a_thunderstorm_matters_more_than_rain_and_rain_more_than_clouds() {
        assert!(severity(200) > severity(502));
        assert!(severity(500) > severity(804));
        assert!(severity(502) > severity(500));
        assert!(severity(511) > severity(622));
    }

    #[test]
    fn words_lose_hidden_characters_and_blank_words_are_none() {
        assert_eq!(tidy(Some(" Zürich\u{202e} ")).as_deref(), Some("Zürich"));
        assert_eq!(tidy(Some(" \u{200b}")), None);
    }
}
