-- How an action ended whose end could not be written to its task, so that it is not run again.
ALTER TABLE `services_leases` ADD `recorded_end` text CONSTRAINT "services_leases_recorded_end" CHECK(recorded_end IS NULL OR json_valid(recorded_end));
