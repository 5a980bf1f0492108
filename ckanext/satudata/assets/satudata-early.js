/* What was typed before the scripts of a page had started: CKAN starts them only once its translations have come, and on
 * a slow line somebody has filled in half a form by then. */
this.satudata = this.satudata || {};
(function (satudata) {
  'use strict';

  function boxed(input) { return input.type === 'checkbox' || input.type === 'radio'; }

  /* What an input sent as the page was served, as a list: nothing for a box that was not ticked. */
  satudata.served = function (input) {
    if (boxed(input)) { return input.defaultChecked ? [input.value] : []; }
    if (input.tagName !== 'SELECT') { return [input.type === 'hidden' ? input.value : input.defaultValue]; }
    var chosen = Array.prototype.filter.call(input.options, function (option) { return option.defaultSelected; });
    if (!chosen.length && !input.multiple && input.options.length) { chosen = [input.options[0]]; }
    return chosen.map(function (option) { return option.value; });
  };

  function changed(input) {
    if (!input.name || !input.matches('input:not([type=hidden]):not([type=file]), textarea, select')) { return false; }
    if (boxed(input)) { return input.checked !== input.defaultChecked; }
    if (input.tagName !== 'SELECT') { return input.value !== input.defaultValue; }
    var now = Array.prototype.filter.call(input.options, function (option) { return option.selected; });
    return now.map(function (option) { return option.value; }).join('\n') !== satudata.served(input).join('\n');
  }

  /* The inputs of a form that no longer stand as they were served. Asked when a module starts: other modules change
   * fields too, but not before. */
  satudata.early = function (form) { return Array.prototype.filter.call(form.elements, changed); };
})(this.satudata);
