// A page from file:// may not fetch the others for the text beside a search's result. The result itself needs none.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
