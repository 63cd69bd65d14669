//! What people write behind a comma: countries by code or everyday name, US states by code.

/// Everyday names of countries that the geocoders spell differently.
const COUNTRIES: [(&str, &str); 22] = [
    ("usa", "US"),
    ("united states of america", "US"),
    ("america", "US"),
    ("uk", "GB"),
    ("great britain", "GB"),
    ("britain", "GB"),
    ("holland", "NL"),
    ("netherlands", "NL"),
    ("czechia", "CZ"),
    ("czech republic", "CZ"),
    ("turkey", "TR"),
    ("turkiye", "TR"),
    ("türkiye", "TR"),
    ("uae", "AE"),
    ("korea", "KR"),
    ("south korea", "KR"),
    ("russia", "RU"),
    ("ivory coast", "CI"),
    ("burma", "MM"),
    ("swaziland", "SZ"),
    ("macedonia", "MK"),
    ("cape verde", "CV"),
];

const US_STATES: [(&str, &str); 51] = [
    ("al", "alabama"),
    ("ak", "alaska"),
    ("az", "arizona"),
    ("ar", "arkansas"),
    ("ca", "california"),
    ("co", "colorado"),
    ("ct", "connecticut"),
    ("de", "delaware"),
    ("dc", "district of columbia"),
    ("fl", "florida"),
    ("ga", "georgia"),
    ("hi", "hawaii"),
    ("id", "idaho"),
    ("il", "illinois"),
    ("in", "indiana"),
    ("ia", "iowa"),
    ("ks", "kansas"),
    ("ky", "kentucky"),
    ("la", "louisiana"),
    ("me", "maine"),
    ("md", "maryland"),
    ("ma", "massachusetts"),
    ("mi", "michigan"),
    ("mn", "minnesota"),
    ("ms", "mississippi"),
    ("mo", "missouri"),
    ("mt", "montana"),
    ("ne", "nebraska"),
    ("nv", "nevada"),
    ("nh", "new hampshire"),
    ("nj", "new jersey"),
    ("nm", "new mexico"),
    ("ny", "new york"),
    ("nc", "north carolina"),
    ("nd", "north dakota"),
    ("oh", "ohio"),
    ("ok", "oklahoma"),
    ("or", "oregon"),
    ("pa", "pennsylvania"),
    ("ri", "rhode island"),
    ("sc", "south carolina"),
    ("sd", "south dakota"),
    ("tn", "tennessee"),
    ("tx", "texas"),
    ("ut", "utah"),
    ("vt", "vermont"),
    ("va", "virginia"),
    ("wa", "washington"),
    ("wv", "west virginia"),
    ("wi", "wisconsin"),
    ("wy", "wyoming"),
];

/// Lower case, without dots and without a leading "the", so that "The U.S." is "us".
pub(super) fn folded(name: &str) -> String {
    let name = name.trim().to_lowercase().replace('.', "");
    name.strip_prefix("the ").unwrap_or(&name).to_owned()
}

/// The ISO code of a country called by an everyday name. Expects a folded name.
pub(super) fn country_code(name: &str) -> Option<&'static str> {
    find(&COUNTRIES, name)
}

/// The folded name of the US state with this code. Expects a folded code.
pub(super) fn us_state(code: &str) -> Option<&'static str> {
    find(&US_STATES, code)
}

fn find(table: &[(&str, &'static str)], wanted: &str) -> Option<&'static str> {
    let row = table.iter().find(|(name, _)| *name == wanted)?;
    Some(row.1)
}
